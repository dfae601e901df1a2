/*
 * The driver of the sample of HDF driver messaging in OpenHarmony's documents ("Driver Messaging
 * Mechanism"), with the edits that README.md lists and no other. A numbered comment marks each.
 */
/* edit 7: includes, and a tag for the log */
#include <hdf_base.h>
#include <hdf_device_desc.h>
#include <hdf_log.h>

#define HDF_LOG_TAG sample_driver

#define SAMPLE_WRITE_READ 1 /* the command: a string goes in, and comes back as an event */

/* edit 5: what the listing takes for granted. A service begins with what the framework knows. */
struct ISampleDriverService {
    struct IDeviceIoService ioService;
    int32_t (*ServiceA)(void);
    int32_t (*ServiceB)(uint32_t inputCode);
};

static int32_t SampleDriverServiceA(void)
{
    return HDF_SUCCESS;
}

static int32_t SampleDriverServiceB(uint32_t inputCode)
{
    (void)inputCode;
    return HDF_SUCCESS;
}

/* edits 3 and 4: `struct` before HdfDeviceIoClient; of the two in the listing, the second */
int32_t SampleDriverDispatch(struct HdfDeviceIoClient *client, int cmdCode, struct HdfSBuf *data,
                             struct HdfSBuf *reply) /* NOLINT(misc-unused-parameters): as listed */
{
    return HdfDeviceSendEvent(client->device, cmdCode, data);
}

int32_t SampleDriverBind(struct HdfDeviceObject *device)
{
    HDF_LOGI("sample driver: bind");
    if (device == NULL) {
        HDF_LOGE("sample driver: no device");
        return HDF_FAILURE;
    }
    static struct ISampleDriverService sampleDriverA = {
        .ioService.Dispatch = SampleDriverDispatch,
        .ServiceA = SampleDriverServiceA,
        .ServiceB = SampleDriverServiceB,
    };
    device->service = (struct IDeviceIoService *)(&sampleDriverA);
    return HDF_SUCCESS;
}

/* edit 6: the entry. Without Init no driver is loaded. */
static int32_t SampleDriverInit(struct HdfDeviceObject *device)
{
    (void)device;
    return HDF_SUCCESS;
}

static void SampleDriverRelease(struct HdfDeviceObject *device)
{
    (void)device;
}

static struct HdfDriverEntry g_sampleDriverEntry = {
    .moduleVersion = 1,
    .moduleName = "sample_driver",
    .Bind = SampleDriverBind,
    .Init = SampleDriverInit,
    .Release = SampleDriverRelease,
};

HDF_INIT(g_sampleDriverEntry);
