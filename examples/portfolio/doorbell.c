/*
 * Says who rings:
 *
 *     doorbell [COUNT]
 *
 * The event is one of our own. Its name is registered with the broker, which gives it a number, the
 * same one to whoever registers that name: see doorbell_button.c.
 */
#include "doorbell.h"

#include "broker.h"
#include "stdio.h"
#include "string.h"

#define BUFFER_SIZE 512 /* octets of the longest request */

static uint8 Event; /* its number */
static int32 NumToSee;
static int32 NumSeen;

/* Of numbers from 64 on, the bit is as many places from the top of the mask. */
static int32 Configure(Broker *broker)
{
    ConfigurationRequest request;

    memset(&request, 0, sizeof(request));
    request.cr_Header.ebh_Flavor = EB_Configure;
    request.cr_Category = LC_Observer;
    request.cr_TriggerMask[Event / 32] = 0x80000000u >> (Event % 32);
    return AskBroker(broker, &request, sizeof(request));
}

/* Its characters, and never more than there is room for. */
static void ReadName(char *name, const EventFrame *frame)
{
    uint32 words = (frame->ef_ByteCount - (uint32)sizeof(EventFrameHeader)) / 4;
    uint32 i;

    for (i = 0; i < words * 4 && i < DOORBELL_NAME_SIZE - 1; i++)
        name[i] = (char)(frame->ef_EventData[i / 4] >> (24 - i % 4 * 8) & 0xff);
    name[i] = '\0';
}

static void ShowRecord(const Message *record)
{
    const EventFrame *frame =
        (const EventFrame *)((const EventBrokerHeader *)record->msg_DataPtr + 1);
    char name[DOORBELL_NAME_SIZE];

    for (; frame->ef_ByteCount != 0;
         frame = (const EventFrame *)((const char *)frame + frame->ef_ByteCount)) {
        if (frame->ef_EventNumber != Event)
            continue;
        ReadName(name, frame);
        printf("%s rings%s\n", name, frame->ef_SystemID != 0 ? ", on another host" : "");
        NumSeen++;
    }
    fflush(stdout);
}

static Err Listen(Broker *broker)
{
    Item item;

    while (NumToSee == 0 || NumSeen < NumToSee) {
        item = WaitPort(broker->replyPort, 0);
        if (item < 0)
            return item;
        ShowRecord((const Message *)LookupItem(item));
        ReplyMsg(item, 0, NULL, 0);
    }
    return 0;
}

int main(int argc, char **argv)
{
    Broker broker;
    int32 number = 0;
    Err err = OpenBroker(&broker, "doorbell", BUFFER_SIZE);

    NumToSee = argc > 1 ? (int32)strtol(argv[1], NULL, 10) : 0;
    if (err >= 0)
        err = number = NumberOfEvent(&broker, DOORBELL_EVENT);
    Event = (uint8)number;
    if (err >= 0)
        err = Configure(&broker);
    if (err >= 0) {
        printf("doorbell: waiting, for event %d\n", number);
        fflush(stdout);
        err = Listen(&broker);
    }
    if (err < 0)
        PrintfSysErr(err);
    CloseBroker(&broker);
    return err < 0;
}
