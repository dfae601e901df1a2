/*
 * Rings, wherever the doorbell is:
 *
 *     doorbell_button NAME
 */
#include "broker.h"
#include "doorbell.h"
#include "stdio.h"
#include "string.h"

#define BUFFER_SIZE 512 /* octets of the longest request */

/* One frame, and the word 0 that ends them. Who sent it and when, the broker fills in. */
static int32 Ring(Broker *broker, int32 number, const char *name)
{
    struct {
        EventBrokerHeader header;
        EventFrameHeader frame;
        uint32 name[DOORBELL_NAME_WORDS];
        uint32 end;
    } request;
    uint32 i;

    memset(&request, 0, sizeof(request));
    request.header.ebh_Flavor = EB_SendEvent;
    request.frame.ef_ByteCount = sizeof(request.frame) + sizeof(request.name);
    request.frame.ef_EventNumber = (uint8)number;
    for (i = 0; i < DOORBELL_NAME_WORDS * 4 && name[i] != '\0'; i++)
        request.name[i / 4] |= (uint32)(uint8)name[i] << (24 - i % 4 * 8);
    return AskBroker(broker, &request, sizeof(request));
}

int main(int argc, char **argv)
{
    Broker broker;
    int32 err;

    if (argc != 2) {
        fprintf(stderr, "doorbell_button NAME\n");
        return 2;
    }
    err = OpenBroker(&broker, NULL, BUFFER_SIZE);
    if (err >= 0)
        err = NumberOfEvent(&broker, DOORBELL_EVENT);
    if (err >= 0)
        err = Ring(&broker, err, argv[1]);
    if (err < 0)
        PrintfSysErr(err);
    CloseBroker(&broker);
    return err < 0;
}
