/*
 * What happens to a host's filesystems and devices, as listeners of viaduct-event-broker hear it:
 * in namespaces of the test's own, where it mounts and makes what it likes. A machine that has none
 * for us is told so: then the test is skipped.
 */
#include <cmocka.h>
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/netlink.h>
#include <linux/sockios.h>
#include <net/if.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mount.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include "codecs/octets.h"
#include "codecs/portfolio_fields.h"
#include "include/portfolio/device.h"
#include "include/portfolio/event.h"
#include "tests/integration/event_broker_world.h"

#define SKIPPED 77 /* ctest knows it */
#define FRAME_AT 4
#define DATA_AT (FRAME_AT + 28)
#define INTERFACE "via7" /* of a network */
#define BAD_ITEM "-246624255"

static char self[256]; /* this program */

/* ---- namespaces ---- */

static bool put(const char *path, const char *text)
{
    const int fd = open(path, O_WRONLY | O_CLOEXEC);
    const bool is = fd >= 0 && write(fd, text, strlen(text)) == (ssize_t)strlen(text);
    if (fd >= 0)
        (void)close(fd);
    return is;
}

static bool be_root_of_a_user_namespace(uid_t uid, gid_t gid)
{
    char uids[64], gids[64];
    (void)snprintf(uids, sizeof uids, "0 %u 1", (unsigned)uid);
    (void)snprintf(gids, sizeof gids, "0 %u 1", (unsigned)gid);
    return put("/proc/self/setgroups", "deny") && put("/proc/self/uid_map", uids) &&
           put("/proc/self/gid_map", gids);
}

/* The gateway is at an address of this host's. */
static bool raise_loopback(void)
{
    struct ifreq request = {.ifr_name = "lo"};
    const int fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
    bool is = fd >= 0 && ioctl(fd, SIOCGIFFLAGS, &request) == 0;
    request.ifr_flags = (short)(request.ifr_flags | IFF_UP);
    is = is && ioctl(fd, SIOCSIFFLAGS, &request) == 0;
    if (fd >= 0)
        (void)close(fd);
    return is;
}

static bool enter_namespaces(void)
{
    const uid_t uid = geteuid();
    const gid_t gid = getegid();
    return unshare(CLONE_NEWNS | CLONE_NEWNET | (uid == 0 ? 0 : CLONE_NEWUSER)) == 0 &&
           (uid == 0 || be_root_of_a_user_namespace(uid, gid)) &&
           mount("none", "/", NULL, MS_REC | MS_PRIVATE, NULL) == 0 && raise_loopback();
}

/* ---- what is told ---- */

/* The only event of the next record; its Item. */
static uint32_t next_of(struct client *client, uint8_t event)
{
    client_take(client, EB_EventRecord);
    assert_int_equal(client->octets[FRAME_AT + 16], event);
    const size_t size = octets_get_u32(client->octets + FRAME_AT);
    assert_int_equal(octets_get_u32(client->octets + FRAME_AT + size), 0);
    client_reply(client);
    const uint32_t item = octets_get_u32(client->octets + DATA_AT);
    assert_in_range(item, VIA_NUMBER_FIRST, VIA_NUMBER_LAST);
    return item;
}

static void expect_name(const struct client *client, const char *name)
{
    FilesystemEventData data;
    portfolio_read(&portfolio_filesystem_data, client->octets + DATA_AT, &data);
    assert_non_null(memchr(data.fsed_Name, '\0', sizeof data.fsed_Name));
    assert_string_equal(data.fsed_Name, name);
}

/* What a program of Portfolio, here or on another host, finds that @item is called. */
static void expect_item(bool far, uint32_t item, const char *name)
{
    char number[16], expected[512];
    const char *const argv[] = {self, number, NULL};
    struct settings settings;
    static struct spoken spoken;
    (void)snprintf(number, sizeof number, "%u", (unsigned)item);
    (void)snprintf(expected, sizeof expected, "%s\n", name);
    daemon_settings(&world_gateway, far, &settings);
    process_run(&spoken, argv, settings.list);
    assert_int_equal(spoken.exit, 0);
    assert_string_equal(spoken.out, expected);
}

/* That program. */
static int print_name(const char *number)
{
    const Item item = (Item)strtol(number, NULL, 10);
    const Device *device = CheckItem(item, KERNELNODE, DEVICENODE);
    if (device != LookupItem(item) || CheckItem(item, KERNELNODE, MSGPORTNODE) != NULL)
        return 1;
    (void)printf("%s\n", device == NULL ? "none" : device->dev.n_Name);
    return 0;
}

static void listen_to(struct client *client, bool far, uint32_t events)
{
    client_open(client, &world_gateway, far, "eventbroker", NULL);
    assert_int_equal(client_listen(client, LC_Observer, 0, events, 0), 0);
}

/* ---- filesystems ---- */

static void what_is_mounted_is_told_here_and_on_other_hosts(void **state)
{
    (void)state;
    static const char *const more[] = {"--filesystems", NULL};
    char place[128];
    struct world_broker broker;
    struct client near, far;
    (void)snprintf(place, sizeof place, "%s/a stick", world_gateway.folder);
    assert_int_equal(mkdir(place, 0700), 0);
    world_start(&broker, more);
    listen_to(&near, false, EVENTBIT2_FilesystemMounted | EVENTBIT2_FilesystemDismounted);
    listen_to(&far, true, EVENTBIT2_FilesystemDismounted);

    assert_int_equal(mount("viaduct", place, "tmpfs", 0, NULL), 0);
    const uint32_t item = next_of(&near, EVENTNUM_FilesystemMounted);
    expect_name(&near, strlen(place) < FILESYSTEM_MAX_NAME_LEN ? place : "a stick");
    expect_item(false, item, place);
    expect_item(true, item, place);
    expect_item(false, item + 1, "none");

    assert_int_equal(umount(place), 0);
    assert_int_equal(next_of(&near, EVENTNUM_FilesystemDismounted), item);
    assert_int_equal(next_of(&far, EVENTNUM_FilesystemDismounted), item);
    expect_item(true, item, place); /* it is gone, and who hears of it asks for its name */

    assert_int_equal(mount("viaduct", place, "tmpfs", 0, NULL), 0);
    assert_int_equal(next_of(&near, EVENTNUM_FilesystemMounted), item);
    assert_int_equal(umount2(place, MNT_DETACH), 0);
    assert_int_equal(next_of(&near, EVENTNUM_FilesystemDismounted), item);
    client_close(&near);
    client_close(&far);
    world_stop(&broker);
    assert_int_equal(rmdir(place), 0);
}

static void many_at_once_are_all_told(void **state)
{
    (void)state;
    static const char *const more[] = {"--filesystems", NULL};
    enum { N = 15 };
    char place[128];
    struct world_broker broker;
    struct client near;
    uint32_t items[N];
    world_start(&broker, more);
    client_open(&near, &world_gateway, false, "eventbroker", NULL);
    assert_int_equal(client_listen(&near, LC_Observer, 0,
                                   EVENTBIT2_FilesystemMounted | EVENTBIT2_FilesystemDismounted,
                                   20),
                     0);
    for (unsigned i = 0; i < N; i++) {
        (void)snprintf(place, sizeof place, "%s/%u", world_gateway.folder, i);
        assert_int_equal(mkdir(place, 0700), 0);
        assert_int_equal(mount("viaduct", place, "tmpfs", 0, NULL), 0);
    }
    for (unsigned i = 0; i < N; i++)
        items[i] = next_of(&near, EVENTNUM_FilesystemMounted);
    for (unsigned i = 0; i < N; i++) {
        (void)snprintf(place, sizeof place, "%s/%u", world_gateway.folder, i);
        if (i == 0 || i == N - 1)
            expect_item(false, items[i], place);
        assert_int_equal(umount(place), 0);
        assert_int_equal(next_of(&near, EVENTNUM_FilesystemDismounted), items[i]);
        assert_int_equal(rmdir(place), 0);
    }
    client_close(&near);
    world_stop(&broker);
}

/* ---- devices ---- */

/* false: this kernel has no bridges. */
static bool bridge(unsigned long request)
{
    const int fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
    assert_true(fd >= 0);
    const bool is = ioctl(fd, request, INTERFACE) == 0;
    (void)close(fd);
    return is;
}

/* To all who listen, as nobody but the kernel should. */
static void forge(void)
{
    static const char octets[] = "add@/d/forged\0ACTION=add\0DEVPATH=/d/forged\0SUBSYSTEM=net\0";
    const struct sockaddr_nl all = {.nl_family = AF_NETLINK, .nl_groups = 1};
    const int fd = socket(AF_NETLINK, SOCK_DGRAM | SOCK_CLOEXEC, NETLINK_KOBJECT_UEVENT);
    assert_true(fd >= 0);
    (void)sendto(fd, octets, sizeof octets, 0, (const struct sockaddr *)&all, sizeof all);
    (void)close(fd);
}

static void a_device_that_comes_and_goes_is_told(void **state)
{
    (void)state;
    static const char *const more[] = {"--devices", NULL};
    struct world_broker broker;
    struct client near;
    world_start(&broker, more);
    listen_to(&near, false, EVENTBIT2_DeviceOnline | EVENTBIT2_DeviceOffline);
    forge();
    if (!bridge(SIOCBRADDBR)) {
        print_message("skipped: this kernel makes no bridge: %s\n", strerror(errno));
        client_close(&near);
        world_stop(&broker);
        skip();
    }
    const uint32_t item = next_of(&near, EVENTNUM_DeviceOnline);
    assert_int_equal(octets_get_u32(near.octets + DATA_AT + 4), 7);
    expect_item(false, item, INTERFACE);
    expect_item(true, item, INTERFACE);
    assert_true(bridge(SIOCBRDELBR));
    assert_int_equal(next_of(&near, EVENTNUM_DeviceOffline), item);
    client_close(&near);
    world_stop(&broker);
}

static void only_named_subsystems_are_told(void **state)
{
    (void)state;
    static const char *const more[] = {"--filesystems", "--devices=block,tty", NULL};
    char place[128];
    struct world_broker broker;
    struct client near;
    (void)snprintf(place, sizeof place, "%s/later", world_gateway.folder);
    assert_int_equal(mkdir(place, 0700), 0);
    world_start(&broker, more);
    listen_to(&near, false, EVENTBIT2_DeviceOnline | EVENTBIT2_FilesystemMounted);
    if (bridge(SIOCBRADDBR))
        assert_true(bridge(SIOCBRDELBR));
    assert_int_equal(mount("viaduct", place, "tmpfs", 0, NULL), 0);
    (void)next_of(&near, EVENTNUM_FilesystemMounted);
    assert_int_equal(umount(place), 0);
    assert_int_equal(rmdir(place), 0);
    client_close(&near);
    world_stop(&broker);
}

/* ---- who does not ask ---- */

static unsigned count_mountinfos(const struct world_broker *broker)
{
    char path[64], target[256];
    const struct dirent *entry;
    unsigned n = 0;
    (void)snprintf(path, sizeof path, "/proc/%d/fd", (int)broker->process.pid);
    DIR *directory = opendir(path);
    assert_non_null(directory);
    while ((entry = readdir(directory)) != NULL) {
        const ssize_t size = readlinkat(dirfd(directory), entry->d_name, target, sizeof target - 1);
        if (size > 0) {
            target[size] = '\0';
            n += strstr(target, "/mountinfo") != NULL;
        }
    }
    (void)closedir(directory);
    return n;
}

static void nothing_is_watched_unless_it_is_asked_for(void **state)
{
    (void)state;
    static const char *const devices[] = {"--devices", NULL};
    static const char *const filesystems[] = {"--filesystems", NULL};
    struct world_broker broker;
    world_start(&broker, NULL);
    assert_int_equal(count_mountinfos(&broker), 0);
    world_stop(&broker);
    world_start(&broker, devices);
    assert_int_equal(count_mountinfos(&broker), 0);
    world_stop(&broker);
    world_start(&broker, filesystems);
    assert_int_equal(count_mountinfos(&broker), 1);
    world_stop(&broker);
}

/* ---- what else asks ---- */

static void who_speaks_json_asks_for_a_name_too(void **state)
{
    (void)state;
    static const char *const more[] = {"--filesystems", NULL};
    char path[256], place[128], data[64], expected[256];
    const char *const argv[] = {
        process_program(path, "viaduct"), "call", "eventbroker", "ItemName", data, NULL};
    static struct spoken spoken;
    struct settings settings;
    struct world_broker broker;
    struct client near;
    (void)snprintf(place, sizeof place, "%s/json", world_gateway.folder);
    assert_int_equal(mkdir(place, 0700), 0);
    world_start(&broker, more);
    listen_to(&near, false, EVENTBIT2_FilesystemMounted);
    assert_int_equal(mount("viaduct", place, "tmpfs", 0, NULL), 0);
    const uint32_t item = next_of(&near, EVENTNUM_FilesystemMounted);
    for (int far = 0; far < 2; far++) {
        daemon_settings(&world_gateway, far != 0, &settings);
        (void)snprintf(data, sizeof data, "{\"item\":%u}", (unsigned)item);
        (void)snprintf(expected, sizeof expected, "{\"result\":0,\"name\":\"%s\"}\n", place);
        process_run(&spoken, argv, settings.list);
        assert_string_equal(spoken.out, expected);
        (void)snprintf(data, sizeof data, "{\"item\":%u}", (unsigned)item + 1);
        process_run(&spoken, argv, settings.list);
        assert_non_null(strstr(spoken.out, "{\"result\":" BAD_ITEM ",\"error\":\""));
    }
    assert_int_equal(umount(place), 0);
    assert_int_equal(rmdir(place), 0);
    client_close(&near);
    world_stop(&broker);
}

static void what_is_no_list_of_subsystems_is_refused(void **state)
{
    (void)state;
    static const char *const wrong[] = {"--devices=", "--devices=net,", "--devices=,net"};
    char path[256];
    static struct spoken spoken;
    for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++) {
        const char *const argv[] = {process_program(path, "viaduct-event-broker"), wrong[i], NULL};
        process_run(&spoken, argv, NULL);
        assert_int_equal(spoken.exit, 2);
        assert_non_null(strstr(spoken.err, "--devices is names of subsystems"));
    }
}

int main(int argc, char **argv)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_is_mounted_is_told_here_and_on_other_hosts),
        cmocka_unit_test(many_at_once_are_all_told),
        cmocka_unit_test(a_device_that_comes_and_goes_is_told),
        cmocka_unit_test(only_named_subsystems_are_told),
        cmocka_unit_test(nothing_is_watched_unless_it_is_asked_for),
        cmocka_unit_test(who_speaks_json_asks_for_a_name_too),
        cmocka_unit_test(what_is_no_list_of_subsystems_is_refused),
    };
    if (argc == 2)
        return print_name(argv[1]);
    const ssize_t size = readlink("/proc/self/exe", self, sizeof self - 1);
    if (size <= 0)
        return 1;
    self[size] = '\0';
    if (!enter_namespaces()) {
        (void)printf("skipped: there are no namespaces for us: %s\n", strerror(errno));
        return SKIPPED;
    }
    return cmocka_run_group_tests(tests, world_prepare, world_clean);
}
