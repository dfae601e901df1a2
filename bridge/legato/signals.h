/*
 * Signals and calls that wait for another process: such a call keeps its thread's loop from
 * running, and SIGTERM is an event of the main thread's loop. Around the wait, SIGTERM ends the
 * process itself.
 */
#pragma once

/* By pairs, in the thread that waits; they nest. They do something only in the thread that handles
 * SIGTERM by le_sig_InstallDefaultTermHandler(). */
void legato_signals_begin_wait(void);
void legato_signals_end_wait(void);
