/*
 * The program viaduct-ability-child: what runs in a child process, and who keeps a private gateway.
 *
 * Whoever starts it holds the other end of a Unix stream socket that is its descriptor 3, and ends
 * it by closing that end.
 *
 *   viaduct-ability-child LIBRARY NAME [FOLDER]
 *     Loads LIBRARY (FOLDER is the application's, where it is looked for too), publishes the stub
 *     that it gives as NAME in the family CHILD_PROGRAM_FAMILY, and writes an i32 to descriptor 3:
 *     0, or an Ability_NativeChildProcess_ErrCode, after which it ends. After 0 it waits for one
 *     octet, which says that the stub has been found; then it takes the name back. It ends when
 *     the library's NativeChildProcess_MainProc() does. VIADUCT_GATEWAY names the gateway.
 *
 *   viaduct-ability-child --gateway SOCKET
 *     Runs a viaductd that listens at SOCKET alone, in a folder of its own, and removes both in
 *     the end. Writes an i32 0 to descriptor 3 when it is ready.
 */
#pragma once

#include <stdbool.h>
#include <viaduct/status.h>

#define CHILD_PROGRAM "viaduct-ability-child"
#define CHILD_PROGRAM_FAMILY "openharmony-child"
#define CHILD_PROGRAM_FD 3
#define CHILD_PROGRAM_GATEWAY "--gateway"

/** via_openharmony_child_main() - all of the program; ends the process rather than return after a
 * library has run. Return: its exit status. */
VIA_PUBLIC int via_openharmony_child_main(int argc, char **argv);

/* Whether this process is a child that runs a library. */
bool child_program_is_running(void);
