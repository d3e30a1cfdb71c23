"""What the main process and the process that speaks with a scheduler say to each other: kinds of messages.

A message is that of hashing.wire: one byte of kind, four of length, and the body.
"""

import struct

SETTING, TASK, CANCEL = b"S", b"T", b"X"
"""To the client: what following tasks have in common; a task; all tasks are given up."""
WORKERS, RESULT, FAILED, GONE = b"W", b"R", b"F", b"G"
"""From the client: numbers of workers and threads; a task's number and answer; a task's number, kind of failure and
words; there is no scheduler, in words."""
DIED, STORE, VERSION = b"K", b"D", b"V"
"""Kinds of failure: workers died of it; a worker does not reach the files; a worker has no or another version of this
package. Any other is a fault of the task."""
NUMBER = struct.Struct("!Q")
CUT = 400
"""Bytes of words at most."""
