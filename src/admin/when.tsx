/** A time of day, in UTC; the script puts it into the reader's zone. */
export const ClockTime = ({ at }: { at: string }) => (
  <time datetime={at} data-clock="">
    {at.slice(11, 19)}
  </time>
)

/** A day and time, in UTC as it says; the script puts it into the reader's zone. */
export const When = ({ at }: { at: string }) => (
  <time datetime={at} data-when="">
    {at.slice(0, 16).replace('T', ' ')} UTC
  </time>
)
