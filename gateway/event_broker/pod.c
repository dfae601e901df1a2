/*
 * A pod is sampled once a field. What its provider says meanwhile is put together in one state,
 * unless a button that changed in it has changed back: then that is for a field of its own, so that
 * no press and no release is lost. Where more wait than there is room for, the last one is given
 * up for the newest: the final state is never lost.
 */
#include "gateway/event_broker/pod.h"

#include <string.h>

#include "codecs/octets.h"

bool pod_is_of(const struct pod *pod, unsigned generic)
{
    return (pod->flags & 0x80000000u >> generic) != 0;
}

unsigned pod_first_class(const struct pod *pod)
{
    unsigned generic = 0;
    while (generic < PORTFOLIO_CLASSES && !pod_is_of(pod, generic))
        generic++;
    return generic;
}

void pod_init_state(struct pod *pod, uint32_t field)
{
    pod_state_rest(&pod->current);
    pod->previous = pod->current;
    pod->reported = pod->current;
    for (unsigned i = 0; i < PORTFOLIO_CLASSES; i++)
        pod->stamps[i] = field;
}

/* Which buttons of word @i of a class differ. */
static uint32_t pushed(const struct pod_class *class, unsigned i, const struct pod_state *state,
                       const struct pod_state *other)
{
    return (state->words[class->at + i] ^ other->words[class->at + i]) & class->buttons;
}

static bool comes_back(const struct pod_state *before, const struct pod_state *last,
                       const struct pod_state *state)
{
    for (unsigned generic = 0; generic < PORTFOLIO_CLASSES; generic++) {
        const struct pod_class *class = pod_class_of(generic);
        for (unsigned i = 0; i < class->n_button_words; i++)
            if ((pushed(class, i, before, last) & pushed(class, i, last, state)) != 0)
                return true;
    }
    return false;
}

static void add_event(struct event_mask *mask, const struct pod_class *class,
                      enum pod_happening happening)
{
    if (class->events[happening] != 0)
        portfolio_mask_set(mask->words, class->events[happening]);
}

/* What it has said last. */
static const struct pod_state *last_of(const struct pod *pod)
{
    return pod->n_waiting > 0 ? &pod->waiting[pod->n_waiting - 1] : &pod->current;
}

/* Whether no state was given up for it that should have had a field of its own. */
static bool add_state(struct pod *pod, const struct pod_state *state)
{
    const unsigned n = pod->n_waiting;
    const struct pod_state *last = last_of(pod);
    const struct pod_state *before = n > 1 ? &pod->waiting[n - 2] : &pod->current;
    if (memcmp(state, last, sizeof *state) == 0)
        return true;
    const bool is_own = n == 0 || comes_back(before, last, state);
    if (is_own && n < POD_WAITING_MAX)
        pod->waiting[pod->n_waiting++] = *state;
    else
        pod->waiting[n - 1] = *state;
    return !is_own || n < POD_WAITING_MAX;
}

static void lose(struct pod *pod, const struct pod_class *class)
{
    for (enum pod_happening i = POD_PRESSED; i <= POD_UPDATE; i++)
        add_event(&pod->lost, class, i);
}

void pod_say(struct pod *pod, unsigned generic, const uint32_t *words)
{
    const struct pod_class *class = pod_class_of(generic);
    struct pod_state state = *last_of(pod);
    memcpy(state.words + class->at, words, pod_class_words(generic) * sizeof *words);
    if (!add_state(pod, &state))
        lose(pod, class);
}

void pod_say_rest(struct pod *pod)
{
    struct pod_state state;
    pod_state_rest(&state);
    if (add_state(pod, &state))
        return;
    for (unsigned generic = 0; generic < PORTFOLIO_CLASSES; generic++)
        if (pod_is_of(pod, generic))
            lose(pod, pod_class_of(generic));
}

static uint32_t distance(uint32_t position, uint32_t other)
{
    int64_t difference = (int64_t)(int32_t)position - (int32_t)other;
    return difference < 0 ? (uint32_t)-difference : (uint32_t)difference;
}

/* Whether it has moved since that was told last; then it is told now. */
static bool has_moved(struct pod *pod, const struct pod_class *class)
{
    const unsigned first = class->at + class->n_button_words;
    bool moved = false;
    for (unsigned i = first; i < first + class->n_positions; i++)
        moved = moved ||
                distance(pod->current.words[i], pod->reported.words[i]) > (uint32_t) class->noise;
    if (moved)
        memcpy(pod->reported.words + first, pod->current.words + first,
               class->n_positions * sizeof(uint32_t));
    return moved;
}

static void begin_class(struct pod *pod, const struct pod_class *class)
{
    bool pressed = false, released = false, held = false;
    for (unsigned i = 0; i < class->n_button_words; i++) {
        const uint32_t now = pod->current.words[class->at + i] & class->buttons;
        const uint32_t then = pod->previous.words[class->at + i] & class->buttons;
        pressed = pressed || (now & ~then) != 0;
        released = released || (then & ~now) != 0;
        held = held || ((now | then) & class->tracked) != 0;
    }
    if (pressed)
        add_event(&pod->happened, class, POD_PRESSED);
    if (released)
        add_event(&pod->happened, class, POD_RELEASED);
    if (pressed || released)
        add_event(&pod->happened, class, POD_UPDATE);
    if (has_moved(pod, class))
        add_event(&pod->happened, class, POD_MOVED);
    if (held)
        add_event(&pod->happened, class, POD_TRACKING);
    add_event(&pod->happened, class, POD_ARRIVED);
}

void pod_begin_field(struct pod *pod, uint32_t field)
{
    pod->previous = pod->current;
    if (pod->n_waiting > 0) {
        pod->current = pod->waiting[0];
        pod->n_waiting--;
        memmove(pod->waiting, pod->waiting + 1, pod->n_waiting * sizeof *pod->waiting);
    }
    pod->happened = (struct event_mask){{0}};
    for (unsigned generic = 0; generic < PORTFOLIO_CLASSES; generic++) {
        const struct pod_class *class = pod_class_of(generic);
        if (!pod_is_of(pod, generic))
            continue;
        begin_class(pod, class);
        if (memcmp(pod->current.words + class->at, pod->previous.words + class->at,
                   pod_class_words(generic) * sizeof(uint32_t)) != 0)
            pod->stamps[generic] = field;
    }
}

static uint32_t word_of(const struct pod *pod, const struct pod_class *class, unsigned i,
                        enum pod_happening happening)
{
    const uint32_t now = pod->current.words[class->at + i];
    const uint32_t then = pod->previous.words[class->at + i];
    if (i < class->n_button_words && happening == POD_PRESSED)
        return now & ~then & class->buttons;
    if (i < class->n_button_words && happening == POD_RELEASED)
        return then & ~now & class->buttons;
    return now;
}

size_t pod_data(const struct pod *pod, unsigned generic, enum pod_happening happening,
                uint8_t *octets)
{
    const struct pod_class *class = pod_class_of(generic);
    uint8_t *at = octets;
    for (unsigned i = 0; i < pod_class_words(generic); i++, at += POD_WORD)
        octets_put_u32(at, word_of(pod, class, i, happening) | (i == 0 ? class->always : 0));
    return (size_t)(at - octets);
}
