/*
 * An Item is made when something is first told of it, and named for its place or in its subsystem:
 * so what goes and comes back is the same Item, as one that is told to have gone may have been
 * there before we were.
 */
#include "gateway/event_broker/host_events.h"

#include <string.h>
#include <unistd.h>

#include "bridge/log.h"
#include "codecs/portfolio_fields.h"
#include "include/portfolio/event.h"

#define FILESYSTEMS "filesystem" /* their class; no subsystem of the kernel's is called so */

void host_events_init(struct host_events *events)
{
    memset(events, 0, sizeof *events);
    mounts_init(&events->mounts);
    watch_init(&events->watch);
    events->uevents = -1;
}

/* ---- names ---- */

/* What fits of @text, which ends with a whole character if it is UTF-8, and is a legal name. */
static void put_name(char *out, size_t room, const char *text)
{
    size_t size = strnlen(text, room);
    if (size == room)
        for (size = room - 1; size > 0 && ((unsigned char)text[size] & 0xc0u) == 0x80u;)
            size--;
    for (size_t i = 0; i < size; i++) {
        const unsigned char octet = (unsigned char)text[i];
        out[i] = text[i];
        if (octet < 0x20 || octet == 0x7f)
            out[i] = '?';
    }
    memset(out + size, 0, room - size);
}

/* A place that does not fit is told by its last part. */
static void put_place(char name[FILESYSTEM_MAX_NAME_LEN], const char *place)
{
    const char *slash = strrchr(place, '/');
    const bool is_long = strlen(place) >= FILESYSTEM_MAX_NAME_LEN;
    put_name(name, FILESYSTEM_MAX_NAME_LEN, is_long && slash != NULL ? slash + 1 : place);
}

/* The number at the end: 1 of sda1, 0 of lo. */
static uint32_t unit_of(const char *name)
{
    uint64_t unit = 0;
    const char *at = name + strlen(name);
    while (at > name && at[-1] >= '0' && at[-1] <= '9')
        at--;
    for (; *at != '\0' && unit <= UINT32_MAX; at++)
        unit = unit * 10 + (uint64_t)(*at - '0');
    return unit > UINT32_MAX ? 0 : (uint32_t)unit;
}

/* The Item of that name; 0: there can be none now, and the event is lost. */
static Item item_of(struct host_events *events, const char *class, const char *text)
{
    char name[PORTFOLIO_NAME_MAX + 1];
    put_name(name, sizeof name, text);
    uint32_t number = stand_ins_number(&events->items, class, name);
    if (number != 0)
        return (Item)number;
    number = events->number(events->user);
    if (number == 0 || stand_ins_add(&events->items, class, name, number) != VIA_OK) {
        log_warn("event_broker.itemless", "class=%s name=\"%s\"", class, name);
        return 0;
    }
    return (Item)number;
}

/* ---- filesystems ---- */

static void tell_mount(void *user, enum mounts_change change, const char *path)
{
    static const uint8_t numbers[] = {
        [MOUNTS_MOUNTED] = EVENTNUM_FilesystemMounted,
        [MOUNTS_OFFLINE] = EVENTNUM_FilesystemOffline,
        [MOUNTS_DISMOUNTED] = EVENTNUM_FilesystemDismounted,
    };
    struct host_events *events = user;
    uint8_t octets[sizeof(FilesystemEventData)];
    FilesystemEventData data = {.fsed_FilesystemItem = item_of(events, FILESYSTEMS, path)};
    if (data.fsed_FilesystemItem == 0) {
        broker_lose(events->broker, numbers[change]);
        return;
    }
    put_place(data.fsed_Name, path);
    portfolio_write(&portfolio_filesystem_data, &data, octets);
    broker_tell(events->broker, numbers[change], octets, sizeof octets);
}

/* ---- devices ---- */

static void tell_device(struct host_events *events, const struct uevent *said)
{
    const uint8_t number = said->is_online ? EVENTNUM_DeviceOnline : EVENTNUM_DeviceOffline;
    uint8_t octets[sizeof(DeviceStateEventData)];
    const DeviceStateEventData data = {
        .dsed_DeviceItem = item_of(events, said->subsystem, said->name),
        .dsed_DeviceUnit = unit_of(said->name),
    };
    if (data.dsed_DeviceItem == 0) {
        broker_lose(events->broker, number);
        return;
    }
    portfolio_write(&portfolio_device_state_data, &data, octets);
    broker_tell(events->broker, number, octets, sizeof octets);
}

static void take_uevent(struct host_events *events, const struct uevent *said)
{
    if (subsystems_have(&events->subsystems, said))
        tell_device(events, said);
    if (!said->is_online && said->has_node && strcmp(said->subsystem, "block") == 0)
        mounts_device_gone(&events->mounts, said->major, said->minor, tell_mount, events);
}

/* Whoever listens is told that there were more. */
static void lose_uevents(struct host_events *events)
{
    log_warn("event_broker.uevents_lost", "room=%d", UEVENT_RECEIVE_BUFFER);
    broker_lose(events->broker, EVENTNUM_DeviceOnline);
    broker_lose(events->broker, EVENTNUM_DeviceOffline);
}

static void take_uevents(struct host_events *events)
{
    uint8_t octets[UEVENT_SIZE_MAX];
    for (unsigned i = 0; i < UEVENTS_AT_ONCE; i++) {
        struct uevent said;
        switch (uevent_receive(events->uevents, octets, &said)) {
        case VIA_OK:
            take_uevent(events, &said);
            break;
        case VIA_INVALID: /* it goes for nothing */
            break;
        case VIA_BUSY:
            lose_uevents(events);
            break;
        default: /* there is no more, or it has been logged */
            return;
        }
    }
}

/* ---- their life ---- */

enum via_status host_events_open(struct host_events *events, struct broker *broker,
                                 struct via_proxy *bell, host_events_number_fn number, void *user)
{
    events->broker = broker;
    events->number = number;
    events->user = user;
    return watch_open(&events->watch, bell);
}

enum via_status host_events_add_filesystems(struct host_events *events, const char *path)
{
    const enum via_status status = mounts_open(&events->mounts, path);
    if (status == VIA_OK)
        events->mounts_bit = watch_add(&events->watch, events->mounts.fd, POLLPRI);
    return status;
}

enum via_status host_events_add_devices(struct host_events *events,
                                        const struct subsystems *subsystems)
{
    const enum via_status status = uevent_open(&events->uevents);
    events->subsystems = *subsystems;
    if (status == VIA_OK)
        events->uevents_bit = watch_add(&events->watch, events->uevents, POLLIN);
    return status;
}

enum via_status host_events_start(struct host_events *events)
{
    return watch_start(&events->watch);
}

void host_events_close(struct host_events *events)
{
    watch_close(&events->watch);
    mounts_deinit(&events->mounts);
    if (events->uevents >= 0)
        (void)close(events->uevents);
    stand_ins_deinit(&events->items);
    host_events_init(events);
}

/* ---- driven ---- */

bool host_events_run(struct host_events *events)
{
    const unsigned due = watch_take(&events->watch);
    if (due == 0)
        return false;
    if ((due & events->uevents_bit) != 0)
        take_uevents(events);
    if ((due & events->mounts_bit) != 0)
        mounts_dispatch(&events->mounts, tell_mount, events);
    watch_go_on(&events->watch);
    return true;
}

const char *host_events_name(const struct host_events *events, uint32_t number)
{
    return stand_ins_name(&events->items, number);
}
