/*
 * What a device was told is done at once, and confirmed as soon as the broker may be called again.
 */
#include "gateway/event_broker/inputs.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "gateway/event_broker/broker_error.h"

void inputs_init(struct inputs *inputs)
{
    memset(inputs, 0, sizeof *inputs);
    watch_init(&inputs->watch);
}

/* ---- the map ---- */

static enum via_status complain(const char *path, enum via_status status, const char *words)
{
    (void)fprintf(stderr, "%s: %s\n", path, words);
    return status;
}

static enum via_status cannot_open(const char *path)
{
    (void)fprintf(stderr, "viaduct-event-broker: --pods %s: %s\n", path, strerror(errno));
    return VIA_NOT_FOUND;
}

static enum via_status lay(struct pod_map *map, const char *path, FILE *file)
{
    struct pod_map_fault fault = {.line = 0};
    char *text = malloc(POD_MAP_SIZE_MAX + 1);
    if (text == NULL)
        return complain(path, VIA_NO_MEMORY, via_status_name(VIA_NO_MEMORY));
    const size_t size = fread(text, 1, POD_MAP_SIZE_MAX + 1, file);
    enum via_status status = ferror(file) ? complain(path, VIA_IO, strerror(errno))
                                          : pod_map_read(map, text, size, &fault);
    free(text);
    if (fault.line > 0)
        (void)fprintf(stderr, "%s:%u: %s\n", path, fault.line, fault.text);
    else if (status != VIA_OK && status != VIA_IO)
        (void)complain(path, status, fault.text);
    return status;
}

enum via_status inputs_read_map(struct inputs *inputs, const char *path)
{
    enum via_status status = pod_map_create(&inputs->map);
    if (status != VIA_OK || path == NULL)
        return status;
    FILE *file = fopen(path, "re");
    if (file == NULL)
        return cannot_open(path);
    status = lay(inputs->map, path, file);
    (void)fclose(file);
    return status;
}

/* ---- what devices say ---- */

static enum via_status attach(void *user, uint32_t type, uint32_t flags, const char *name,
                              uint32_t *numberp)
{
    struct inputs *inputs = user;
    const struct pod_offer offer = {
        .type = type, .flags = flags, .name = name, .provider = INPUTS_PROVIDER, .is_input = true};
    const int32_t number = broker_attach(inputs->broker, &offer);
    if (number <= 0)
        return VIA_TOO_LARGE;
    *numberp = (uint32_t)number;
    return VIA_OK;
}

/* A pod of theirs is of one class that says anything. */
static void say(void *user, uint32_t number, const uint8_t *octets, size_t size)
{
    struct inputs *inputs = user;
    const struct pod *pod = pods_find(&inputs->broker->pods, (int32_t)number);
    if (pod != NULL)
        (void)broker_pod_says(inputs->broker, INPUTS_PROVIDER, (int32_t)number,
                              pod_first_class(pod), octets, size);
}

static void detach(void *user, uint32_t number)
{
    struct inputs *inputs = user;
    (void)broker_detach(inputs->broker, INPUTS_PROVIDER, (int32_t)number);
}

/* ---- its life ---- */

enum via_status inputs_open(struct inputs *inputs, struct broker *broker, struct via_proxy *bell)
{
    const struct evdev_sink sink = {inputs, attach, say, detach};
    inputs->broker = broker;
    const enum via_status status = watch_open(&inputs->watch, bell);
    return status == VIA_OK ? evdev_source_create(&inputs->source, inputs->map, &sink) : status;
}

enum via_status inputs_add(struct inputs *inputs, const char *place)
{
    return evdev_source_add(inputs->source, place);
}

enum via_status inputs_start(struct inputs *inputs)
{
    (void)watch_add(&inputs->watch, evdev_source_fd(inputs->source), POLLIN);
    return watch_start(&inputs->watch);
}

void inputs_close(struct inputs *inputs)
{
    watch_close(&inputs->watch);
    inputs->source = evdev_source_destroy(inputs->source);
    inputs->map = pod_map_destroy(inputs->map);
    inputs_init(inputs);
}

/* ---- driven ---- */

bool inputs_run(struct inputs *inputs)
{
    const bool was_done = inputs->done_id != 0;
    if (inputs->done_id != 0) {
        const uint32_t id = inputs->done_id;
        inputs->done_id = 0;
        broker_output_done(inputs->broker, INPUTS_PROVIDER, (int32_t)inputs->done_pod, id,
                           inputs->done_result, NULL, 0);
    }
    if (watch_take(&inputs->watch) == 0)
        return was_done;
    evdev_source_dispatch(inputs->source);
    watch_go_on(&inputs->watch);
    return true;
}

bool inputs_output(struct inputs *inputs, uint8_t pod, uint32_t id, const uint8_t *octets,
                   size_t size)
{
    enum via_status status = evdev_source_command(inputs->source, pod, octets, size);
    if (status == VIA_UNSUPPORTED || status == VIA_NOT_FOUND)
        return false;
    inputs->done_pod = pod;
    inputs->done_id = id;
    inputs->done_result = status == VIA_OK ? 0 : BROKER_ERROR(ER_DeviceError);
    return true;
}
