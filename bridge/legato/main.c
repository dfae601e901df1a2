/*
 * The main() of programs that have none: the family's build tool makes it, here the library has it.
 * It is weak, so that a program's own takes its place.
 */
#include <stdio.h>
#include <stdlib.h>

#include "bridge/legato/component.h"
#include "include/legato/le_args.h"
#include "include/legato/le_eventLoop.h"
#include "include/legato/le_signals.h"

__attribute__((weak, visibility("default"))) int main(int argc, char **argv)
{
    le_arg_SetArgs((size_t)argc, (const char **)(void *)argv);
    (void)setvbuf(stdout, NULL, _IOLBF, 0);
    components_queue();
    le_sig_InstallDefaultTermHandler();
    le_sig_InstallShowStackHandler();
    le_event_RunLoop();
}
