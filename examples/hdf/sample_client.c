/*
 * The client of the sample of HDF driver messaging in OpenHarmony's documents ("Driver Messaging
 * Mechanism"), with the edits that README.md lists and no other. A numbered comment marks each.
 *
 *   via-sample-client            listens to the driver's events until its standard input ends
 *   via-sample-client TEXT       sends TEXT to the driver
 *
 * Where the driver is, is no matter of this program: VIADUCT_GATEWAY says it.
 */
/* edit 7: includes, and a tag for the log */
#include <hdf_io_service_if.h>
#include <hdf_log.h>
#include <hdf_sbuf.h>
#include <osal_time.h>
#include <stdio.h>

#define HDF_LOG_TAG sample_client

#define SAMPLE_WRITE_READ 1 /* the command, as the driver has it */

/* ---- sending ---- */

int SendMsg(const char *testMsg)
{
    int ret; /* edit 2: declared before it is assigned */
    if (testMsg == NULL) {
        HDF_LOGE("there is no message");
        return HDF_FAILURE;
    }
    struct HdfIoService *serv = HdfIoServiceBind("sample_driver");
    if (serv == NULL) {
        HDF_LOGE("there is no such service");
        return HDF_FAILURE;
    }
    struct HdfSBuf *data = HdfSbufObtainDefaultSize();
    if (data == NULL) {
        HDF_LOGE("no sbuf for the data");
        return HDF_FAILURE;
    }
    struct HdfSBuf *reply = HdfSbufObtainDefaultSize();
    if (reply == NULL) {
        HDF_LOGE("no sbuf for the reply");
        ret = HDF_DEV_ERR_NO_MEMORY;
        goto out;
    }
    if (!HdfSbufWriteString(data, testMsg)) {
        HDF_LOGE("the message does not fit into the sbuf");
        ret = HDF_FAILURE;
        goto out;
    }
    ret = serv->dispatcher->Dispatch(&serv->object, SAMPLE_WRITE_READ, data, reply); /* edit 2 */
    if (ret != HDF_SUCCESS) {
        HDF_LOGE("the driver was not reached, or refused");
        goto out;
    }
out:
    HdfSbufRecycle(data);
    HdfSbufRecycle(reply); /* edit 1: one b */
    HdfIoServiceRecycle(serv);
    return ret;
}

/* ---- listening ---- */

static int OnDevEventReceived(void *priv, uint32_t id, struct HdfSBuf *data)
{
    OsalTimespec time;
    OsalGetTime(&time);
    HDF_LOGI("%{public}s: an event at %{public}llu.%{public}llu", (char *)priv, time.sec,
             time.usec);

    const char *string = HdfSbufReadString(data);
    if (string == NULL) {
        HDF_LOGE("the event has no string");
        return HDF_FAILURE;
    }
    HDF_LOGI("%{public}s: event %{public}d: %{public}s", (char *)priv, id, string);
    return HDF_SUCCESS;
}

int RegisterListen()
{
    struct HdfIoService *serv = HdfIoServiceBind("sample_driver");
    if (serv == NULL) {
        HDF_LOGE("there is no such service");
        return HDF_FAILURE;
    }
    static struct HdfDevEventlistener listener = {
        .callBack = OnDevEventReceived,
        .priv = "Service0",
    };
    if (HdfDeviceRegisterEventListener(serv, &listener) != 0) {
        HDF_LOGE("the listener was not taken");
        return HDF_FAILURE;
    }
    /* edit 7: a wait, in the place of dots */
    puts("sample_client: listening");
    fflush(stdout);
    while (getchar() != EOF)
        continue;
    HdfDeviceUnregisterEventListener(serv, &listener);
    HdfIoServiceRecycle(serv);
    return HDF_SUCCESS;
}

/* The listing has no main(). */
int main(int argc, char **argv)
{
    int ret = argc > 1 ? SendMsg(argv[1]) : RegisterListen();
    if (argc > 1)
        printf("sample_client: sent, Dispatch returned %d\n", ret);
    return ret == HDF_SUCCESS ? 0 : 1;
}
