/*
 * What the stub of kit_child.c answers to. KIT_CHILD=crash: it dies in OnConnect; null: it has no
 * stub; return: its MainProc returns at once; wait: its OnConnect reads the file KIT_CHILD_FIFO to
 * the end before.
 */
#pragma once

enum kit_child_code {
    KIT_CHILD_PIDS = 1, /* -> i32 its own pid, u64 who calls */
    KIT_CHILD_END,      /* lets MainProc return */
    KIT_CHILD_NEST      /* -> i32: what starting a child of its own gives */
};
