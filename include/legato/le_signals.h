/*
 * Legato: signals as events of a thread's loop.
 *
 * Source: docs/legato.md, "Signals"; the framework's le_signals.h.
 */
#pragma once

#include "le_basics.h"

#ifdef __cplusplus
extern "C" {
#endif

typedef void (*le_sig_EventHandlerFunc_t)(int sigNum);

/** le_sig_Block() - in the calling thread, and in those it starts later: what an event handler gets
 * must be blocked in all. Fatal for a number that is no signal's */
LE_SHARED void le_sig_Block(int sigNum);
/** le_sig_SetEventHandler() - @sigEventHandler runs on the calling thread's loop; NULL takes it
 * back. Fatal for SIGKILL, SIGSTOP and the signals of program errors */
LE_SHARED void le_sig_SetEventHandler(int sigNum, le_sig_EventHandlerFunc_t sigEventHandler);
/** le_sig_DeleteAll() - the calling thread has no handlers any more */
LE_SHARED void le_sig_DeleteAll(void);
/** le_sig_InstallShowStackHandler() - a program error is logged, with its stack, before it ends the
 * process. The library's main() does this */
LE_SHARED void le_sig_InstallShowStackHandler(void);
/** le_sig_InstallDefaultTermHandler() - SIGTERM is logged on the calling thread's loop, then
 * exit(0); a call of that thread which waits for another process does not delay it. The library's
 * main() does this */
LE_SHARED void le_sig_InstallDefaultTermHandler(void);

#ifdef __cplusplus
}
#endif
