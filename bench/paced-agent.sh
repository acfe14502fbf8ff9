#!/bin/sh
# An agent that takes its time: BENCH_STEPS steps, each after BENCH_PAUSE seconds.
read -r _ && read -r _
i=0
while [ $i -lt "$BENCH_STEPS" ]; do
  sleep "$BENCH_PAUSE"
  printf '{"type":"assistant","message":{"content":[{"type":"tool_use","id":"t%s","name":"Read","input":{"file_path":"chapter-%s.md"}}]}}\n' $i $i
  i=$((i + 1))
done
echo '{"type":"result","subtype":"success","is_error":false,"result":"That is all.","total_cost_usd":0.01}'
