/*
 * Looks at the first mouse until both its outer buttons are pressed.
 *
 * mice [wait]
 */
#include "event.h"
#include "stdio.h"
#include "types.h"

int main(int argc, char **argv)
{
    MouseEventData mouse;
    int32 wait = argc > 1 && strcmp(argv[1], "wait") == 0;
    Err err = InitEventUtility(0, 1, TRUE);

    if (err < 0) {
        PrintfSysErr(err);
        return 1;
    }
    do {
        err = GetMouse(1, wait, &mouse);
        if (err > 0) {
            printf("%08x at %d,%d\n", mouse.med_ButtonBits, mouse.med_HorizPosition,
                   mouse.med_VertPosition);
            fflush(stdout);
        } else if (!wait) {
            Yield();
        }
    } while (err >= 0 && (~mouse.med_ButtonBits & (MouseLeft | MouseRight)));
    if (err < 0)
        PrintfSysErr(err);
    KillEventUtility();
    return err < 0;
}
