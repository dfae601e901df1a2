/*
 * What a steady command takes, counted where programs and drivers are: allocations, and copies of
 * large data on their way from the sbuf that was written. The driver is in a process of its own,
 * which counts for itself.
 */
#include <cmocka.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "bridge/hdf/device.h"
#include "bridge/hdf/handle.h"
#include "bridge/hdf/sbuf.h"
#include "include/hdf/hdf_base.h"
#include "include/hdf/hdf_io_service_if.h"
#include "tests/integration/counted_memory.h"

#define NAME "frugal"
#define COMMANDS 1000u
#define LARGE 65536u
#define LARGE_COMMANDS 20u

enum command { ECHO = 1, TAKE /* and answer with nothing */, GIVE /* LARGE */, COUNTS };

static struct gateway_thread gateway;

/* ---- the driver ---- */

static int32_t dispatch(struct HdfDeviceIoClient *client, int cmd, struct HdfSBuf *data,
                        struct HdfSBuf *reply)
{
    static const uint8_t large[LARGE];
    uint64_t value = 0;
    const struct counted_memory counts = counted_memory_now();
    (void)client;
    switch (cmd) {
    case ECHO:
        return HdfSbufReadUint64(data, &value) && HdfSbufWriteUint64(reply, value) ? HDF_SUCCESS
                                                                                   : HDF_FAILURE;
    case TAKE:
        return (int32_t)HdfSbufGetDataSize(data);
    case GIVE:
        return HdfSbufWriteBuffer(reply, large, sizeof large) ? HDF_SUCCESS : HDF_FAILURE;
    default:
        return HdfSbufWriteUint32(reply, counts.allocations) &&
                       HdfSbufWriteUint32(reply, counts.copies)
                   ? HDF_SUCCESS
                   : HDF_FAILURE;
    }
}

static struct IDeviceIoService service = {.Dispatch = dispatch};

static int32_t bind_driver(struct HdfDeviceObject *device)
{
    device->service = &service;
    return HDF_SUCCESS;
}

static int32_t init_driver(struct HdfDeviceObject *device)
{
    (void)device;
    return HDF_SUCCESS;
}

static int drive(void)
{
    static const struct HdfDriverEntry entry = {
        .moduleVersion = 1, .moduleName = NAME, .Bind = bind_driver, .Init = init_driver};
    static const struct device_spec spec = {.name = NAME,
                                            .service_name = NAME,
                                            .id = 1u << 8 | 1u,
                                            .policy = SERVICE_POLICY_CAPACITY,
                                            .mode = 0666};
    char octet = 0;
    struct device_node *node = device_create(&spec, &entry);
    if (node == NULL || device_launch(node) != HDF_SUCCESS ||
        write(STDOUT_FILENO, &octet, sizeof octet) != sizeof octet)
        return 1;
    (void)read(STDIN_FILENO, &octet, sizeof octet); /* until the test goes */
    device_end(node);
    device_unref(node);
    return 0;
}

/* ---- the test ---- */

static pid_t driver;
static int driver_in;
static struct HdfIoService *handle;
static struct HdfSBuf *data, *reply;

static void start_driver(void)
{
    int in[2], out[2];
    char octet;
    assert_int_equal(pipe2(in, O_CLOEXEC), 0);
    assert_int_equal(pipe2(out, O_CLOEXEC), 0);
    driver = fork();
    assert_true(driver >= 0);
    if (driver == 0) {
        (void)dup2(in[0], STDIN_FILENO);
        (void)dup2(out[1], STDOUT_FILENO);
        (void)execl("/proc/self/exe", "hdf_allocations_test", "driver", (char *)NULL);
        _exit(127);
    }
    (void)close(in[0]);
    (void)close(out[1]);
    driver_in = in[1];
    assert_int_equal(read(out[0], &octet, sizeof octet), sizeof octet); /* it is there */
    (void)close(out[0]);
}

static int start(void **state)
{
    static char address[128];
    (void)state;
    gateway_thread_start(&gateway, NULL);
    counted_memory_tell_apart(&gateway);
    (void)snprintf(address, sizeof address, "VIADUCT_GATEWAY=unix:%s", gateway.socket);
    assert_int_equal(putenv(address), 0);
    start_driver();
    handle = HdfIoServiceBind(NAME);
    assert_non_null(handle);
    data = HdfSbufObtain((size_t)2 * LARGE);
    reply = HdfSbufObtain((size_t)2 * LARGE);
    assert_true(data != NULL && reply != NULL);
    return 0;
}

static int stop(void **state)
{
    int status = 0;
    (void)state;
    HdfSbufRecycle(data);
    HdfSbufRecycle(reply);
    HdfIoServiceRecycle(handle);
    (void)close(driver_in);
    assert_int_equal(waitpid(driver, &status, 0), driver);
    assert_int_equal(status, 0);
    gateway_thread_stop(&gateway);
    return 0;
}

static int32_t command(enum command cmd)
{
    return HdfIoServiceDispatch(handle, (int)cmd, data, reply);
}

static struct counted_memory counts_of_driver(void)
{
    struct counted_memory counts = {.copies = 0};
    assert_int_equal(command(COUNTS), HDF_SUCCESS);
    assert_true(HdfSbufReadUint32(reply, &counts.allocations) &&
                HdfSbufReadUint32(reply, &counts.copies));
    return counts;
}

struct both {
    struct counted_memory client, driver;
};

/* What @n of them take at both ends. */
static struct both measure(enum command cmd, unsigned n, int32_t result)
{
    struct counted_memory driver_before = counts_of_driver(), before = counted_memory_now();
    for (unsigned i = 0; i < n; i++)
        assert_int_equal(command(cmd), result);
    struct counted_memory after = counted_memory_now(), driver_after = counts_of_driver();
    struct both took = {counted_memory_between(&before, &after),
                        counted_memory_between(&driver_before, &driver_after)};
    print_message("%u commands: %u allocations and %u large copies in the client, %u and %u in the "
                  "driver's process\n",
                  n, took.client.allocations, took.client.copies, took.driver.allocations,
                  took.driver.copies);
    return took;
}

static void a_steady_command_allocates_next_to_nothing(void **state)
{
    (void)state;
    HdfSbufFlush(data);
    assert_true(HdfSbufWriteUint64(data, 7));
    (void)measure(ECHO, COMMANDS, HDF_SUCCESS); /* what grows once has grown */
    struct both took = measure(ECHO, COMMANDS, HDF_SUCCESS);
    /* A few are for a worker that is started meanwhile. */
    assert_true(took.client.allocations <= 10);
    assert_true(took.driver.allocations <= COMMANDS * 2 + 20); /* data and reply, as sbufs */
}

/* ---- copies; a sanitizer has the compiler put its own function in memcpy's place ---- */

#ifdef COPIES_ARE_COUNTED

/* The core's call of the same parcel. Copies here. */
static unsigned copies_of_core_calls(unsigned n)
{
    struct via_parcel *payload = NULL;
    int32_t result = 0;
    assert_int_equal(sbuf_payload(data, &payload), VIA_OK);
    assert_ptr_equal(via_parcel_data(payload), HdfSbufGetData(data));
    unsigned before = counted_memory_now().copies;
    for (unsigned i = 0; i < n; i++)
        assert_int_equal(
            via_proxy_call(((struct hdf_handle *)handle)->opened, TAKE, payload, 0, &result, NULL),
            VIA_OK);
    unsigned after = counted_memory_now().copies;
    (void)via_parcel_unref(payload);
    return after - before;
}

/* The link's blocks, which it keeps until they are acknowledged, take the one copy that there is.
 */
static void data_goes_to_the_link_from_where_it_was_written(void **state)
{
    static const uint8_t large[LARGE];
    (void)state;
    HdfSbufFlush(data);
    assert_true(HdfSbufWriteBuffer(data, large, sizeof large));
    struct both took = measure(TAKE, LARGE_COMMANDS, (int32_t)sizeof large + 4);
    assert_int_equal(took.client.copies, LARGE_COMMANDS);
    assert_int_equal(copies_of_core_calls(LARGE_COMMANDS), LARGE_COMMANDS);
}

static void an_answer_goes_to_the_link_from_where_it_was_written(void **state)
{
    (void)state;
    HdfSbufFlush(data);
    struct both took = measure(GIVE, LARGE_COMMANDS, HDF_SUCCESS);
    assert_int_equal(took.driver.copies,
                     2 * LARGE_COMMANDS); /* HdfSbufWriteBuffer()'s, the link's */
}

#endif

int main(int argc, char **argv)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_steady_command_allocates_next_to_nothing),
#ifdef COPIES_ARE_COUNTED
        cmocka_unit_test(data_goes_to_the_link_from_where_it_was_written),
        cmocka_unit_test(an_answer_goes_to_the_link_from_where_it_was_written),
#endif
    };
    if (argc == 2 && strcmp(argv[1], "driver") == 0)
        return drive();
    return cmocka_run_group_tests(tests, start, stop);
}
