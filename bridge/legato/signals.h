/*
 * Signals and calls that wait for another process: such a call keeps its thread's loop from
 * running, and SIGTERM is an event of the main thread's loop. Around the wait, SIGTERM ends the
 * process itself, and le_thread_Cancel() the wait.
 */
#pragma once

/* By pairs, in the thread that waits; they nest. SIGTERM is that of the thread that handles it by
 * le_sig_InstallDefaultTermHandler(). */
void legato_signals_begin_wait(void);
void legato_signals_end_wait(void);
/* Likewise around what is short, and done whole or not at all: le_thread_Cancel() does not end it.
 */
void legato_signals_begin_step(void);
void legato_signals_end_step(void);
