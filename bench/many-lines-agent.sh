#!/bin/sh
# Prints the file that LANG names: the one free variable that an agent's environment always has.
exec cat "$LANG"
