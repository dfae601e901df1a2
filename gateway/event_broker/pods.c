/*
 * A pod has the lowest number that nobody has had; but one that comes back, by its type and its
 * name, has its own again: of several that were the same in both, the lowest. When all have been
 * given out, the one whose pod is gone longest is next. One that comes back before it has gone has
 * never been away: it says that nothing is held, and goes on.
 * Positions, and ordinals within classes, are counted again whenever the chain changes.
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
    uint8_t ordinals[PORTFOLIO_CLASSES] = {0};
    for (unsigned i = 0; i < pods->n; i++) {
        struct pod *pod = pods->chain[i];
        pod->position = (uint8_t)(i + 1);
        for (unsigned generic = 0; generic < PORTFOLIO_CLASSES; generic++)
            pod->ordinals[generic] = pod_is_of(pod, generic) ? ++ordinals[generic] : 0;
    }
}

static bool is_in_use(const struct pods *pods, unsigned number)
{
    for (unsigned i = 0; i < pods->n; i++)
        if (pods->chain[i]->number == number)
            return true;
    return false;
}

/* The lowest that was of one of its type and name, and is nobody's now; 0: none was. */
static uint8_t own_number(const struct pods *pods, const struct pod_offer *offer)
{
    for (unsigned number = 1; number <= PORTFOLIO_POD_NUMBER_MAX; number++)
        if (pods->past[number].gone != 0 && pods->past[number].type == offer->type &&
            strcmp(pods->past[number].name, offer->name) == 0 && !is_in_use(pods, number))
            return (uint8_t)number;
    return 0;
}

/* 0: all are in use. */
static uint8_t new_number(const struct pods *pods)
{
    unsigned oldest = 0, unused = 0;
    for (unsigned number = PORTFOLIO_POD_NUMBER_MAX; number > 0; number--) {
        if (is_in_use(pods, number))
            continue;
        if (pods->past[number].gone == 0)
            unused = number;
        else if (oldest == 0 || pods->past[number].gone < pods->past[oldest].gone)
            oldest = number;
    }
    return (uint8_t)(unused != 0 ? unused : oldest);
}

/* The one that is leaving, and is the same in all that others see of it: of several the lowest;
 * NULL: none is. */
static struct pod *find_leaving(const struct pods *pods, const struct pod_offer *offer)
{
    struct pod *found = NULL;
    for (unsigned i = 0; i < pods->n; i++) {
        struct pod *pod = pods->chain[i];
        if (pod->is_leaving && pod->type == offer->type && pod->flags == offer->flags &&
            pod->system == offer->system && strcmp(pod->name, offer->name) == 0 &&
            (found == NULL || pod->number < found->number))
            found = pod;
    }
    return found;
}

static struct pod *stay(struct pod *pod, const struct pod_offer *offer)
{
    pod->is_leaving = false;
    pod->provider = offer->provider;
    pod->has_raw = offer->has_raw;
    pod_say_rest(pod);
    return pod;
}

struct pod *pods_attach(struct pods *pods, const struct pod_offer *offer, uint32_t field)
{
    struct pod *leaving = find_leaving(pods, offer);
    const uint8_t own = own_number(pods, offer);
    if (leaving != NULL && (own == 0 || leaving->number < own))
        return stay(leaving, offer);
    const uint8_t number = own != 0 ? own : new_number(pods);
    struct pod *pod = number == 0 ? NULL : calloc(1, sizeof *pod);
    if (pod == NULL)
        return NULL;
    const struct portfolio_pod_type *type = portfolio_pod_type_of(offer->type);
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

unsigned pods_count(const struct pods *pods, uint64_t provider)
{
    unsigned n = 0;
    for (unsigned i = 0; i < pods->n; i++)
        n += pods->chain[i]->provider == provider && !pods->chain[i]->is_leaving;
    return n;
}

struct pod *pods_find(const struct pods *pods, int32_t number)
{
    for (unsigned i = 0; i < pods->n; i++)
        if (pods->chain[i]->number == number && !pods->chain[i]->is_leaving)
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
