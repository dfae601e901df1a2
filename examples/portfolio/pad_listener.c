/*
 * Prints what pads do:
 *
 *     pad_listener [-n NAME] [-c COUNT] [observer|focus|focusui]
 *
 * An observer hears everything, the others only while they have the focus; see focus_switcher.c. It
 * ends after so many buttons, or never. Records of events come to the port whose message asked for
 * them, and each is replied to: the broker keeps a few under way, and no more.
 */
#include "broker.h"
#include "stdio.h"
#include "string.h"

#define BUFFER_SIZE 512 /* octets of the longest request */
#define PADS_MAX 256    /* places in a class are one octet */

static const struct {
    uint32 bit;
    const char *name;
} Buttons[] = {{ControlUp, "Up"},
               {ControlDown, "Down"},
               {ControlLeft, "Left"},
               {ControlRight, "Right"},
               {ControlA, "A"},
               {ControlB, "B"},
               {ControlC, "C"},
               {ControlX, "X"},
               {ControlStart, "Start"},
               {ControlLeftShift, "LeftShift"},
               {ControlRightShift, "RightShift"}};

static uint32 Pressed[PADS_MAX]; /* what is, of each pad */
static int32 NumToSee;           /* buttons; 0: without end */
static int32 NumSeen;

/* ---- what comes ---- */

static void ShowButtons(int32 pad, uint32 bits)
{
    uint32 changed = Pressed[pad] ^ bits;
    size_t i;

    for (i = 0; i < sizeof(Buttons) / sizeof(Buttons[0]); i++) {
        if ((changed & Buttons[i].bit) == 0)
            continue;
        printf("pad %d: %s %s\n", pad, Buttons[i].name,
               (bits & Buttons[i].bit) != 0 ? "pressed" : "let go");
        NumSeen++;
    }
    Pressed[pad] = bits;
}

static void ShowFrame(const EventFrame *frame)
{
    const ControlPadEventData *pad = (const ControlPadEventData *)frame->ef_EventData;

    switch (frame->ef_EventNumber) {
    case EVENTNUM_ControlButtonUpdate: /* all that is pressed now: what was missed does not matter
                                        */
        ShowButtons(frame->ef_GenericPosition, pad->cped_ButtonBits);
        break;
    case EVENTNUM_ControlPortChange:
        printf("pads came or went\n");
        break;
    case EVENTNUM_GivingFocus:
        printf("the focus is here\n");
        break;
    case EVENTNUM_LosingFocus:
        printf("the focus is gone\n");
        break;
    case EVENTNUM_EventQueueOverflow:
        printf("too slow: some was missed\n");
        break;
    default: /* of classes that nobody asked for, after an overflow */
        break;
    }
}

static void ShowRecord(const Message *record)
{
    const EventFrame *frame =
        (const EventFrame *)((const EventBrokerHeader *)record->msg_DataPtr + 1);

    while (frame->ef_ByteCount != 0) {
        ShowFrame(frame);
        frame = (const EventFrame *)((const char *)frame + frame->ef_ByteCount);
    }
    fflush(stdout);
}

/* ---- listening ---- */

static int32 Configure(Broker *broker, enum ListenerCategory category)
{
    ConfigurationRequest request;

    memset(&request, 0, sizeof(request));
    request.cr_Header.ebh_Flavor = EB_Configure;
    request.cr_Category = category;
    request.cr_TriggerMask[0] =
        EVENTBIT0_ControlButtonUpdate | EVENTBIT0_GivingFocus | EVENTBIT0_LosingFocus;
    request.cr_TriggerMask[2] = EVENTBIT2_ControlPortChange;
    request.cr_QueueMax = 10;
    return AskBroker(broker, &request, sizeof(request));
}

static Err Listen(Broker *broker)
{
    const MsgPort *port = (const MsgPort *)LookupItem(broker->replyPort);
    int32 signals;
    Item item;

    while (NumToSee == 0 || NumSeen < NumToSee) {
        signals = WaitSignal(port->mp_Signal);
        if (signals < 0)
            return signals;
        while ((item = GetMsg(broker->replyPort)) > 0) {
            ShowRecord((const Message *)LookupItem(item));
            ReplyMsg(item, 0, NULL, 0);
        }
        if (item < 0)
            return item;
    }
    return 0;
}

int main(int argc, char **argv)
{
    enum ListenerCategory category = LC_Observer;
    const char *name = "pad listener";
    Broker broker;
    Err err;
    int i;

    for (i = 1; i < argc; i++) {
        if (strcmp(argv[i], "-n") == 0 && i + 1 < argc) {
            name = argv[++i];
        } else if (strcmp(argv[i], "-c") == 0 && i + 1 < argc) {
            NumToSee = (int32)strtol(argv[++i], NULL, 10);
        } else if (strcmp(argv[i], "observer") == 0) {
            category = LC_Observer;
        } else if (strcmp(argv[i], "focus") == 0) {
            category = LC_FocusListener;
        } else if (strcmp(argv[i], "focusui") == 0) {
            category = LC_FocusUI;
        } else {
            fprintf(stderr, "pad_listener [-n NAME] [-c COUNT] [observer|focus|focusui]\n");
            return 2;
        }
    }

    err = OpenBroker(&broker, name, BUFFER_SIZE);
    if (err >= 0)
        err = Configure(&broker, category);
    if (err >= 0) {
        printf("%s: listening\n", name);
        fflush(stdout);
        err = Listen(&broker);
    }
    if (err < 0)
        PrintfSysErr(err);
    CloseBroker(&broker);
    return err < 0;
}
