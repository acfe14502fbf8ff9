#!/bin/sh
# An agent that says what time it is, 400 times, every few milliseconds.
read -r _ && read -r _
i=0
while [ $i -lt 400 ]; do
  printf '{"type":"assistant","message":{"content":[{"type":"text","text":"%s"}]}}\n' "$(date +%s%3N)"
  sleep 0.005
  i=$((i + 1))
done
echo '{"type":"result","subtype":"success","is_error":false,"result":"done","total_cost_usd":0.01}'
