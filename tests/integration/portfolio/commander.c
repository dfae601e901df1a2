/*
 * commander POD WAIT OCTET...: a command to a pod, as programs of Portfolio send one; prints the
 * result.
 */
#include <stdio.h>

#include "event.h"
#include "msgport.h"

int main(int argc, char **argv)
{
    union {
        PodData pod;
        uint8 octets[64];
    } data = {.pod = {.pd_Header = {EB_IssuePodCmd}}};
    if (argc < 3)
        return 2;
    const int32 n = argc - 3;
    data.pod.pd_PodNumber = (int32)strtol(argv[1], NULL, 10);
    data.pod.pd_WaitFlag = (int32)strtol(argv[2], NULL, 10);
    data.pod.pd_DataByteCount = n;
    for (int32 i = 0; i < n && i < 40; i++)
        data.octets[sizeof(PodDataHeader) + (size_t)i] = (uint8)strtol(argv[3 + i], NULL, 0);
    Item broker = FindMsgPort(EventPortName);
    Item port = CreateMsgPort(NULL, 0, 0);
    Item message = CreateBufferedMsg(NULL, 0, port, sizeof data);
    Err err = broker < 0 ? broker : SendMsg(broker, message, &data, sizeof data);
    if (err >= 0 && WaitPort(port, message) == message)
        err = (Err)((Message *)LookupItem(message))->msg_Result;
    printf("0x%x\n", (unsigned)err);
    return err < 0 ? 1 : 0;
}
