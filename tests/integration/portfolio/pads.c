/*
 * Looks at the first pad until its Start button is pressed.
 *
 * pads [wait]: waits for each change; else it looks again and again, as a game does in each frame.
 */
#include "event.h"
#include "stdio.h"
#include "types.h"

int main(int argc, char **argv)
{
    ControlPadEventData pad;
    uint32 last = 0;
    int32 wait = argc > 1 && strcmp(argv[1], "wait") == 0;
    Err err;

    err = InitEventUtility(1, 0, LC_Observer);
    if (err < 0) {
        PrintError("pads", "init", "event utility", err);
        return 1;
    }
    for (;;) {
        err = GetControlPad(1, wait, &pad);
        if (err < 0) {
            PrintfSysErr(err);
            break;
        }
        if (pad.cped_ButtonBits != last) {
            last = pad.cped_ButtonBits;
            printf("%08x%s%s%s\n", last, last & ControlA ? " A" : "", last & ControlB ? " B" : "",
                   last & ControlC ? " C" : "");
            fflush(stdout);
        }
        if (last & ControlStart)
            break;
        if (!wait)
            Yield();
    }
    KillEventUtility();
    return err < 0;
}
