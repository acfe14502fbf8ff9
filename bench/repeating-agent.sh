#!/bin/sh
# Prints three files of the folder that LANG names, the one free variable that an agent's environment always has:
# begin, then piece as often as times says, then end.
cat "$LANG/begin"
times=$(cat "$LANG/times")
while [ "$times" -gt 0 ]; do
  cat "$LANG/piece"
  times=$((times - 1))
done
exec cat "$LANG/end"
