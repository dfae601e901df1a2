/*
 * Filesystems and devices as events of a broker: from a mountinfo and a socket of the test's own,
 * whose thread wakes the broker's.
 */
#include <cmocka.h>
#include <errno.h>
#include <linux/netlink.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "codecs/octets.h"
#include "codecs/portfolio_frames.h"
#include "gateway/event_broker/host_events.h"
#include "tests/unit/gateway/event_broker/rig.h"

#define LIMIT_MS 20000
#define ONE 0x40000001u
#define FIRST_ITEM 0x50000000u
#define ROOT "1 0 8:1 / / rw - ext4 /dev/sda1 rw\n"
#define ALL_EVENTS                                                                                 \
    (EVENTBIT2_DeviceOnline | EVENTBIT2_DeviceOffline | EVENTBIT2_FilesystemMounted |              \
     EVENTBIT2_FilesystemOffline | EVENTBIT2_FilesystemDismounted)

struct world {
    struct rig *rig;
    char path[64];
    struct host_events events;
    struct via_node *node;
    struct via_queue *queue;
    struct via_stub *bell;
    struct via_proxy *bell_proxy;
    int kernel; /* its end of the socket */
    uint32_t n_items;
    bool has_no_numbers;
};

/* ---- the socket, as if the kernel were at its other end ---- */

static bool is_flooded;

/* NOLINTBEGIN(bugprone-reserved-identifier,cert-*): the names are the linker's, for --wrap */
ssize_t __real_recvmsg(int fd, struct msghdr *header, int flags);
ssize_t __wrap_recvmsg(int fd, struct msghdr *header, int flags);
/* NOLINTEND(bugprone-reserved-identifier,cert-*) */

ssize_t __wrap_recvmsg(int fd, struct msghdr *header, int flags)
{
    const struct sockaddr_nl from = {.nl_family = AF_NETLINK, .nl_groups = 1};
    const struct ucred nobody = {.pid = 0};
    struct msghdr plain = {.msg_iov = header->msg_iov, .msg_iovlen = header->msg_iovlen};
    if (header->msg_name == NULL)
        return __real_recvmsg(fd, header, flags); /* another's */
    if (is_flooded) {
        is_flooded = false;
        errno = ENOBUFS;
        return -1;
    }
    const ssize_t size = __real_recvmsg(fd, &plain, flags | MSG_DONTWAIT);
    memcpy(header->msg_name, &from, sizeof from);
    struct cmsghdr *control = CMSG_FIRSTHDR(header);
    *control = (struct cmsghdr){.cmsg_level = SOL_SOCKET,
                                .cmsg_type = SCM_CREDENTIALS,
                                .cmsg_len = CMSG_LEN(sizeof nobody)};
    memcpy(CMSG_DATA(control), &nobody, sizeof nobody);
    header->msg_flags = plain.msg_flags;
    return size;
}

/* ---- the world ---- */

static uint32_t new_number(void *user)
{
    struct world *world = user;
    return world->has_no_numbers ? 0 : FIRST_ITEM + world->n_items++;
}

static void write_mounts(const struct world *world, const char *text)
{
    FILE *file = fopen(world->path, "we");
    assert_non_null(file);
    assert_true(fputs(text, file) >= 0);
    assert_int_equal(fclose(file), 0);
}

static int set_up(void **state)
{
    static const struct via_stub_ops none = {.size = sizeof none};
    struct world *world = calloc(1, sizeof *world);
    int fds[2];
    void *rig;
    assert_non_null(world);
    assert_int_equal(rig_setup(&rig), 0);
    world->rig = rig;
    (void)snprintf(world->path, sizeof world->path, "/tmp/viaduct-host-events-XXXXXX");
    const int fd = mkstemp(world->path);
    assert_true(fd >= 0);
    (void)close(fd);
    write_mounts(world, ROOT);
    assert_int_equal(via_node_create(NULL, &world->node), VIA_OK);
    assert_int_equal(via_queue_create(world->node, NULL, NULL, &world->queue), VIA_OK);
    assert_int_equal(via_stub_create(world->node, &none, world, &world->bell), VIA_OK);
    via_stub_set_queue(world->bell, world->queue);
    world->bell_proxy = via_stub_proxy(world->bell);
    host_events_init(&world->events);
    assert_int_equal(
        host_events_open(&world->events, &world->rig->broker, world->bell_proxy, new_number, world),
        VIA_OK);
    assert_int_equal(host_events_add_filesystems(&world->events, world->path), VIA_OK);
    /* in place of host_events_add_devices() */
    assert_int_equal(socketpair(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0, fds), 0);
    world->kernel = fds[1];
    world->events.uevents = fds[0];
    world->events.uevents_bit = watch_add(&world->events.watch, fds[0], POLLIN);
    subsystems_init(&world->events.subsystems);
    assert_int_equal(host_events_start(&world->events), VIA_OK);
    rig_listen(world->rig, ONE, LC_Observer, 0, ALL_EVENTS, 0, 20);
    *state = world;
    return 0;
}

static int tear_down(void **state)
{
    struct world *world = *state;
    void *rig = world->rig;
    host_events_close(&world->events);
    (void)close(world->kernel);
    (void)via_node_destroy(world->node);
    (void)via_proxy_unref(world->bell_proxy);
    (void)via_stub_unref(world->bell);
    (void)via_queue_destroy(world->queue);
    assert_int_equal(unlink(world->path), 0);
    free(world);
    return rig_teardown(&rig);
}

/* ---- what is told ---- */

/* No file of a test's says by POLLPRI that it has changed. */
static void mounted(struct world *world, const char *text)
{
    write_mounts(world, text);
    atomic_fetch_or(&world->events.watch.due, world->events.mounts_bit);
    assert_true(host_events_run(&world->events));
}

/* A datagram, of which the broker's thread is woken. */
static void said(struct world *world, const char *octets, size_t size)
{
    struct via_arrival arrival;
    assert_int_equal(send(world->kernel, octets, size, 0), size);
    assert_int_equal(via_queue_take(world->queue, LIMIT_MS, &arrival), VIA_OK);
    (void)via_call_unref(arrival.call);
    assert_true(host_events_run(&world->events));
}

#define SAID(world, action, path, rest)                                                            \
    do {                                                                                           \
        static const char octets[] =                                                               \
            action "@" path "\0ACTION=" action "\0DEVPATH=" path "\0" rest;                        \
        said(world, octets, sizeof octets);                                                        \
    } while (false)

/* The only frame of the next record, which is answered; its data are of @structure. */
static uint8_t told(struct world *world, const struct portfolio_struct *structure, void *data)
{
    struct portfolio_frame frame;
    size_t at = PORTFOLIO_FRAMES_AT;
    assert_true(rig_take(world->rig, RIG_RECORD, ONE));
    assert_true(portfolio_frames_next(world->rig->last.octets, world->rig->last.size, &at, &frame));
    assert_int_equal(at + PORTFOLIO_FRAMES_END, world->rig->last.size);
    assert_int_equal(frame.size, structure->size);
    assert_int_equal(frame.time, world->rig->broker.time);
    assert_int_equal(frame.submitter, 0);
    portfolio_read(structure, frame.data, data);
    (void)broker_record_answered(&world->rig->broker, ONE);
    return frame.number;
}

static void expect_filesystem(struct world *world, uint8_t event, uint32_t item, const char *name)
{
    FilesystemEventData data;
    assert_int_equal(told(world, &portfolio_filesystem_data, &data), event);
    assert_int_equal(data.fsed_FilesystemItem, item);
    assert_string_equal(data.fsed_Name, name);
    for (size_t i = strlen(name); i < sizeof data.fsed_Name; i++)
        assert_int_equal(data.fsed_Name[i], 0);
}

static void expect_device(struct world *world, uint8_t event, uint32_t item, uint32_t unit)
{
    DeviceStateEventData data;
    assert_int_equal(told(world, &portfolio_device_state_data, &data), event);
    assert_int_equal(data.dsed_DeviceItem, item);
    assert_int_equal(data.dsed_DeviceUnit, unit);
}

static bool nothing_is_told(struct world *world)
{
    return !rig_take(world->rig, RIG_RECORD, ONE);
}

static void a_filesystem_is_an_item_named_for_its_place(void **state)
{
    struct world *world = *state;
    mounted(world, ROOT "2 1 11:0 / /media/disc ro - iso9660 /dev/sr0 ro\n");
    expect_filesystem(world, EVENTNUM_FilesystemMounted, FIRST_ITEM, "/media/disc");
    assert_string_equal(host_events_name(&world->events, FIRST_ITEM), "/media/disc");
    assert_null(host_events_name(&world->events, FIRST_ITEM + 1));
    mounted(world, ROOT);
    expect_filesystem(world, EVENTNUM_FilesystemDismounted, FIRST_ITEM, "/media/disc");
    assert_string_equal(host_events_name(&world->events, FIRST_ITEM), "/media/disc");
    mounted(world, ROOT "3 1 11:0 / /media/disc ro - iso9660 /dev/sr0 ro\n");
    expect_filesystem(world, EVENTNUM_FilesystemMounted, FIRST_ITEM, "/media/disc");
    mounted(world, "3 1 11:0 / /media/disc ro - iso9660 /dev/sr0 ro\n");
    expect_filesystem(world, EVENTNUM_FilesystemDismounted, FIRST_ITEM + 1, "/");
    assert_true(nothing_is_told(world));
}

static void a_name_in_an_event_is_cut_and_ends(void **state)
{
    struct world *world = *state;
    static const struct {
        const char *place, *name;
    } rows[] = {
        {"/2345678901234567890123456789012", "2345678901234567890123456789012"},
        {"/234567890123456789012345678901", "/234567890123456789012345678901"},
        {"/run/media/somebody/a-stick/of-mine", "of-mine"},
        {"/run/media/somebody/of-mine/12345678901234567890123456789012345",
         "1234567890123456789012345678901"},
        {"/run/media/somebody/of-mine/12345678901234567890123456789\303\244\303\244",
         "12345678901234567890123456789\303\244"},
        {"/run/media/somebody/of-mine/123456789012345678901234567890\303\244\303\244",
         "123456789012345678901234567890"},
        {"/a\\012b\\011\\177c", "/a?b??c"},
    };
    char text[512];
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        (void)snprintf(text, sizeof text, ROOT "2 1 0:9 / %s rw - tmpfs x rw\n", rows[i].place);
        mounted(world, text);
        expect_filesystem(world, EVENTNUM_FilesystemMounted, FIRST_ITEM + (uint32_t)i,
                          rows[i].name);
        mounted(world, ROOT);
        expect_filesystem(world, EVENTNUM_FilesystemDismounted, FIRST_ITEM + (uint32_t)i,
                          rows[i].name);
    }
    assert_string_equal(host_events_name(&world->events, FIRST_ITEM + 2),
                        "/run/media/somebody/a-stick/of-mine");
    assert_string_equal(host_events_name(&world->events, FIRST_ITEM + 6), "/a?b??c");
}

static void a_name_of_an_item_is_at_most_as_long_as_names_are(void **state)
{
    struct world *world = *state;
    char text[1024], place[400] = "/";
    memset(place + 1, 'p', 300);
    (void)snprintf(text, sizeof text, ROOT "2 1 0:9 / %s rw - tmpfs x rw\n", place);
    mounted(world, text);
    place[PORTFOLIO_NAME_MAX] = '\0';
    expect_filesystem(world, EVENTNUM_FilesystemMounted, FIRST_ITEM,
                      "ppppppppppppppppppppppppppppppp");
    assert_string_equal(host_events_name(&world->events, FIRST_ITEM), place);
}

static void a_device_is_an_item_named_in_its_subsystem(void **state)
{
    struct world *world = *state;
    SAID(world, "add", "/devices/usb1/block/sdb/sdb12", "SUBSYSTEM=block\0MAJOR=8\0MINOR=28\0");
    expect_device(world, EVENTNUM_DeviceOnline, FIRST_ITEM, 12);
    assert_string_equal(host_events_name(&world->events, FIRST_ITEM), "sdb12");
    SAID(world, "add", "/devices/virtual/net/lo", "SUBSYSTEM=net\0");
    expect_device(world, EVENTNUM_DeviceOnline, FIRST_ITEM + 1, 0);
    SAID(world, "remove", "/devices/usb1/block/sdb/sdb12", "SUBSYSTEM=block\0MAJOR=8\0MINOR=28\0");
    expect_device(world, EVENTNUM_DeviceOffline, FIRST_ITEM, 12);
    SAID(world, "add", "/devices/tty/4294967295", "SUBSYSTEM=tty\0MAJOR=4\0MINOR=1\0");
    expect_device(world, EVENTNUM_DeviceOnline, FIRST_ITEM + 2, 4294967295u);
    SAID(world, "add", "/devices/tty/ttyUSB99999999999999999999999",
         "SUBSYSTEM=tty\0MAJOR=4\0MINOR=1\0");
    expect_device(world, EVENTNUM_DeviceOnline, FIRST_ITEM + 3, 0);
    assert_true(nothing_is_told(world));
}

static void of_others_nothing_is_told(void **state)
{
    struct world *world = *state;
    SAID(world, "add", "/devices/cpu/cpu1", "SUBSYSTEM=cpu\0");
    SAID(world, "add", "/devices/usb1/1-2/1-2:1.0", "SUBSYSTEM=usb\0");
    SAID(world, "change", "/devices/sr0", "SUBSYSTEM=block\0MAJOR=11\0MINOR=0\0");
    said(world, "nonsense", 8);
    assert_true(nothing_is_told(world));
    assert_int_equal(world->n_items, 0);
}

static void a_disc_that_is_torn_out_takes_its_filesystem_offline(void **state)
{
    struct world *world = *state;
    mounted(world, ROOT "2 1 11:0 / /media/disc ro - iso9660 /dev/sr0 ro\n");
    expect_filesystem(world, EVENTNUM_FilesystemMounted, FIRST_ITEM, "/media/disc");
    SAID(world, "remove", "/devices/usb1/block/sr0", "SUBSYSTEM=block\0MAJOR=11\0MINOR=0\0");
    expect_device(world, EVENTNUM_DeviceOffline, FIRST_ITEM + 1, 0);
    expect_filesystem(world, EVENTNUM_FilesystemOffline, FIRST_ITEM, "/media/disc");
    mounted(world, ROOT);
    expect_filesystem(world, EVENTNUM_FilesystemDismounted, FIRST_ITEM, "/media/disc");
    assert_true(nothing_is_told(world));
}

static void where_events_are_lost_who_listens_is_told_so(void **state)
{
    struct world *world = *state;
    is_flooded = true;
    SAID(world, "add", "/devices/virtual/net/lo", "SUBSYSTEM=net\0");
    assert_string_equal(rig_heard(world->rig, ONE), "72c 64t 50000000 00000000");
    world->has_no_numbers = true;
    SAID(world, "add", "/devices/virtual/net/more", "SUBSYSTEM=net\0");
    mounted(world, ROOT "2 1 11:0 / /media/disc ro - iso9660 /dev/sr0 ro\n");
    assert_true(nothing_is_told(world));
    assert_string_equal(rig_heard(world->rig, ONE), "72c");
    /* what has one still has it */
    SAID(world, "remove", "/devices/virtual/net/lo", "SUBSYSTEM=net\0");
    expect_device(world, EVENTNUM_DeviceOffline, FIRST_ITEM, 0);
}

static void a_flood_has_its_turns(void **state)
{
    struct world *world = *state;
    enum { N = 200 };
    static const char octets[] = "add@/d/lo\0ACTION=add\0DEVPATH=/d/lo\0SUBSYSTEM=net\0";
    unsigned n = 0;
    rig_listen(world->rig, ONE, LC_NoSeeUm, 0, 0, 0, 0);
    for (unsigned i = 0; i < N; i++) {
        struct via_arrival arrival;
        if (send(world->kernel, octets, sizeof octets, MSG_DONTWAIT) != sizeof octets)
            i--; /* the socket is full: the next turn */
        if (via_queue_take(world->queue, 0, &arrival) != VIA_OK)
            continue;
        (void)via_call_unref(arrival.call);
        n += host_events_run(&world->events);
    }
    said(world, octets, sizeof octets);
    assert_true(n <= N);
    assert_int_equal(world->n_items, 1);
}

static void what_is_not_opened_says_nothing(void **state)
{
    (void)state;
    struct host_events events;
    host_events_init(&events);
    assert_false(host_events_run(&events));
    assert_null(host_events_name(&events, 0));
    host_events_close(&events);
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)
    const struct CMUnitTest tests[] = {
        TEST(a_filesystem_is_an_item_named_for_its_place),
        TEST(a_name_in_an_event_is_cut_and_ends),
        TEST(a_name_of_an_item_is_at_most_as_long_as_names_are),
        TEST(a_device_is_an_item_named_in_its_subsystem),
        TEST(of_others_nothing_is_told),
        TEST(a_disc_that_is_torn_out_takes_its_filesystem_offline),
        TEST(where_events_are_lost_who_listens_is_told_so),
        TEST(a_flood_has_its_turns),
        cmocka_unit_test(what_is_not_opened_says_nothing),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
