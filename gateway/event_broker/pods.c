/*
 * A pod has the lowest number that nobody has had; but one that comes back, by its type and its
 * name, has its own again: of several that were the same in both, the lowest. When all have been
 * given out, the one whose pod is gone longest is next. Positions, and ordinals within classes, are
 * counted again whenever the chain changes.
 */
#include "gateway/event_broker/pods.h"

#include <stdlib.h>
#include <string.h>

void pods_deinit(struct pods *pods)
{
    for (unsigned i = 0; i < pods->n; i++)
        free(pods->chain[i]);
    pods->n = 0;
}

static void count(struct pods *pods)
{
    uint8_t ordinals[POD_CLASSES] = {0};
    for (unsigned i = 0; i < pods->n; i++) {
        struct pod *pod = pods->chain[i];
        pod->position = (uint8_t)(i + 1);
        for (unsigned generic = 0; generic < POD_CLASSES; generic++)
            pod->ordinals[generic] = pod_is_of(pod, generic) ? ++ordinals[generic] : 0;
    }
}

/* 0: all are in use. */
static uint8_t number_for(const struct pods *pods, const struct pod_offer *offer)
{
    unsigned oldest = 0, unused = 0, own = 0;
    for (unsigned number = POD_NUMBER_MAX; number > 0; number--) {
        if (pods_find(pods, (int32_t)number) != NULL)
            continue;
        if (pods->past[number].gone == 0)
            unused = number;
        else if (pods->past[number].type == offer->type &&
                 strcmp(pods->past[number].name, offer->name) == 0)
            own = number;
        else if (oldest == 0 || pods->past[number].gone < pods->past[oldest].gone)
            oldest = number;
    }
    if (own != 0)
        return (uint8_t)own;
    return (uint8_t)(unused != 0 ? unused : oldest);
}

struct pod *pods_attach(struct pods *pods, const struct pod_offer *offer, uint32_t field)
{
    const uint8_t number = number_for(pods, offer);
    struct pod *pod = number == 0 ? NULL : calloc(1, sizeof *pod);
    if (pod == NULL)
        return NULL;
    const struct pod_type *type = pod_type_of(offer->type);
    pod->number = number;
    pod->type = offer->type;
    pod->flags = offer->flags;
    pod->bits_in = type == NULL ? 0 : type->bits_in;
    pod->bits_out = type == NULL ? 0 : type->bits_out;
    pod->provider = offer->provider;
    pod->system = offer->system;
    pod->has_raw = offer->has_raw;
    memcpy(pod->name, offer->name, strlen(offer->name));
    pod_init_state(pod, field);
    pods->chain[pods->n++] = pod;
    count(pods);
    return pod;
}

void pods_detach(struct pods *pods, struct pod *pod)
{
    const unsigned place = pod->position - 1u;
    pods->past[pod->number].gone = ++pods->n_gone;
    pods->past[pod->number].type = pod->type;
    memcpy(pods->past[pod->number].name, pod->name, sizeof pod->name);
    free(pod);
    pods->n--;
    memmove(pods->chain + place, pods->chain + place + 1, (pods->n - place) * sizeof(struct pod *));
    count(pods);
}

struct pod *pods_find(const struct pods *pods, int32_t number)
{
    for (unsigned i = 0; i < pods->n; i++)
        if (pods->chain[i]->number == number)
            return pods->chain[i];
    return NULL;
}

struct pod *pods_find_ordinal(const struct pods *pods, unsigned generic, unsigned ordinal)
{
    for (unsigned i = 0; i < pods->n; i++)
        if (pods->chain[i]->ordinals[generic] == ordinal)
            return pods->chain[i];
    return NULL;
}
