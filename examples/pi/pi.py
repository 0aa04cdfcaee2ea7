#!/usr/bin/env python3
"""Estimate pi by throwing darts at a square: pi.py SEED DARTS."""

import random
import sys

seed, darts = int(sys.argv[1]), int(sys.argv[2])
throw = random.Random(seed).random
hits = sum(throw() ** 2 + throw() ** 2 <= 1 for _ in range(darts))
print(4 * hits / darts)
