/*
 * For each listener in turn. It is to be told when its focus is not what it was last told, when
 * something happens that it triggers on, when events were lost, or when the chain of pods has
 * changed. A record that has no frame is none.
 *
 * A record that cannot be sent, because as many as its listener allows are not answered, is lost
 * whole. The next one says so and has the state of all pods, so a slow listener misses presses and
 * releases, and never the final state. What does not fit in a record is lost, too; if that were all
 * pods' states again each time, there would be no end to it: of a record that says what was lost,
 * only pods that did not fit are owed again.
 *
 * A pod that says more than fields can tell loses presses and releases before anybody is told of
 * them: who would have been is told that they were lost.
 */
#include "gateway/event_broker/telling.h"

#include <stdlib.h>
#include <string.h>

#include "include/portfolio/event.h"

struct told {
    const struct pod *pod;
    uint8_t generic;
    enum pod_happening happening;
};

/* One round of telling. */
struct news {
    struct broker *broker;
    bool is_field;
    const struct portfolio_frame *frames;
    unsigned n;
    struct event_mask happened; /* all of it */
};

/* What one listener is told in it. */
struct telling {
    const struct news *news;
    struct listener *listener;
    struct event_mask wanted;
    bool is_focused, hears_users;
    bool is_cut;        /* something did not fit */
    struct pod_set cut; /* of these pods */
    unsigned n_told;
    struct told told[RECORD_N_FRAMES_MAX];
    struct record record;
};

/* ---- frames ---- */

static void add_plain(struct telling *telling, uint8_t event)
{
    const struct portfolio_frame frame = {
        .time = telling->news->broker->time,
        .number = event,
        .is_trigger = portfolio_mask_has(telling->listener->trigger.words, event),
    };
    telling->is_cut = !record_add(&telling->record, &frame) || telling->is_cut;
}

static void add_pod_frame(struct telling *telling, const struct pod *pod, unsigned generic,
                          enum pod_happening happening)
{
    const uint8_t event = pod_class_of(generic)->events[happening];
    uint8_t octets[POD_DATA_MAX];
    const struct portfolio_frame frame = {
        .system = pod->system,
        .time = telling->news->broker->time,
        .number = event,
        .pod = pod->number,
        .position = pod->position,
        .generic = pod->ordinals[generic],
        .is_trigger = portfolio_mask_has(telling->listener->trigger.words, event),
        .data = octets,
        .size = pod_data(pod, generic, happening, octets),
    };
    if (record_add(&telling->record, &frame)) {
        telling->told[telling->n_told++] = (struct told){pod, (uint8_t)generic, happening};
        return;
    }
    telling->is_cut = true;
    pod_set_add(&telling->cut, pod->number);
}

/* ---- what a listener remembers of pods ---- */

static uint32_t held_button(const struct listener *listener, const struct pod *pod, unsigned place)
{
    const struct listener_memory *memory = listener->memory[pod->number];
    return memory == NULL ? 0 : memory->held.words[place];
}

static bool is_stale(const struct listener *listener, const struct pod *pod, unsigned generic)
{
    const struct pod_class *class = pod_class_of(generic);
    for (unsigned i = 0; i < class->n_button_words; i++)
        if ((pod->current.words[class->at + i] & class->buttons) !=
            held_button(listener, pod, class->at + i))
            return true;
    return false;
}

static void remember_button(struct listener *listener, const struct pod *pod, unsigned place,
                            uint32_t word)
{
    struct listener_memory **memory = &listener->memory[pod->number];
    if (*memory == NULL && word != 0)
        *memory = calloc(1, sizeof **memory);
    if (*memory != NULL) /* else it is told once more than it need be */
        (*memory)->held.words[place] = word;
}

static void remember(struct listener *listener, const struct told *told)
{
    const struct pod_class *class = pod_class_of(told->generic);
    for (unsigned i = 0; i < class->n_button_words; i++) {
        const unsigned place = class->at + i;
        const uint32_t held = held_button(listener, told->pod, place);
        const uint32_t now = told->pod->current.words[place] & class->buttons;
        const uint32_t then = told->pod->previous.words[place] & class->buttons;
        uint32_t word = now;
        if (told->happening == POD_PRESSED)
            word = held | (now & ~then);
        else if (told->happening == POD_RELEASED)
            word = held & ~(then & ~now);
        remember_button(listener, told->pod, place, word);
    }
}

void telling_forget(struct broker *broker, const struct pod *pod)
{
    for (struct listener *listener = broker->listeners.first; listener != NULL;
         listener = listener->next) {
        free(listener->memory[pod->number]);
        listener->memory[pod->number] = NULL;
        pod_set_remove(&listener->owed, pod->number);
    }
}

/* ---- a record ---- */

static bool has_update(const struct telling *telling, const struct pod *pod, unsigned generic)
{
    const struct listener *listener = telling->listener;
    const uint8_t update = pod_class_of(generic)->events[POD_UPDATE];
    if (update == 0 || (event_is_key(update) && !listener->may_keys))
        return false;
    if (listener->is_lost && pod_set_has(&listener->owed, pod->number))
        return true;
    return telling->is_focused && !listener->is_told_focus &&
           portfolio_mask_has(telling->wanted.words, update) && is_stale(listener, pod, generic);
}

static void add_pod(struct telling *telling, const struct pod *pod)
{
    for (unsigned generic = 0; generic < PORTFOLIO_CLASSES; generic++) {
        const struct pod_class *class = pod_class_of(generic);
        if (!pod_is_of(pod, generic))
            continue;
        const bool is_update = has_update(telling, pod, generic);
        for (enum pod_happening i = 0; i < POD_HAPPENINGS; i++) {
            const uint8_t event = class->events[i];
            const bool is_news = event != 0 && telling->news->is_field &&
                                 portfolio_mask_has(pod->happened.words, event) &&
                                 portfolio_mask_has(telling->wanted.words, event);
            if (is_news || (i == POD_UPDATE && is_update))
                add_pod_frame(telling, pod, generic, i);
        }
    }
}

static bool hears_of(const struct broker *broker, const struct listener *listener, uint8_t event)
{
    return listener_hears_users(&broker->listeners, listener) ||
           (listener->category == LC_FocusUI && !portfolio_event_is_users(event));
}

static void add_sent(struct telling *telling, const struct portfolio_frame *frame)
{
    const struct listener *listener = telling->listener;
    if (!hears_of(telling->news->broker, listener, frame->number) ||
        !portfolio_mask_has(telling->wanted.words, frame->number))
        return;
    struct portfolio_frame own = *frame;
    own.is_trigger = portfolio_mask_has(listener->trigger.words, frame->number);
    telling->is_cut = !record_add(&telling->record, &own) || telling->is_cut;
}

static bool hears_of_chain(const struct listener *listener)
{
    return listener->is_pods_change &&
           portfolio_mask_has(listener->trigger.words, EVENTNUM_ControlPortChange);
}

static void build(struct telling *telling)
{
    const struct listener *listener = telling->listener;
    const struct pods *pods = &telling->news->broker->pods;
    record_begin(&telling->record);
    if (listener->is_lost)
        add_plain(telling, EVENTNUM_EventQueueOverflow);
    if (hears_of_chain(listener))
        add_plain(telling, EVENTNUM_ControlPortChange);
    const uint8_t turn = telling->is_focused ? EVENTNUM_GivingFocus : EVENTNUM_LosingFocus;
    if (telling->is_focused != listener->is_told_focus &&
        portfolio_mask_has(listener->trigger.words, turn))
        add_plain(telling, turn);
    for (unsigned i = 0; telling->hears_users && i < pods->n; i++)
        add_pod(telling, pods->chain[i]);
    for (unsigned i = 0; i < telling->news->n; i++)
        add_sent(telling, &telling->news->frames[i]);
}

static bool is_full(const struct listener *listener)
{
    return listener->n_outstanding >= listener->queue_max;
}

static void lose(struct listener *listener)
{
    listener->is_lost = true;
    pod_set_fill(&listener->owed);
}

static void sent(struct telling *telling)
{
    struct listener *listener = telling->listener;
    const bool was_lost = listener->is_lost;
    listener->n_outstanding++;
    listener->is_told_focus = telling->is_focused;
    listener->is_pods_change = false;
    for (unsigned i = 0; i < telling->n_told; i++)
        remember(listener, &telling->told[i]);
    if (telling->is_cut && !was_lost) {
        lose(listener);
        return;
    }
    listener->is_lost = telling->is_cut;
    listener->owed = telling->cut;
}

bool telling_is_due(const struct broker *broker, const struct listener *listener,
                    const struct event_mask *happened)
{
    const bool is_focused = broker->listeners.focus == listener;
    if ((listener->is_lost && is_full(listener)) || listener->category == LC_NoSeeUm)
        return false;
    if (is_focused != listener->is_told_focus)
        return true;
    if (listener->category == LC_FocusListener && !is_focused)
        return false;
    return (listener_hears_users(&broker->listeners, listener) &&
            event_mask_meet_user(&listener->trigger, happened)) ||
           event_mask_meet_other(&listener->trigger, happened) || listener->is_lost ||
           hears_of_chain(listener);
}

static bool has_changed(const struct pod *pod)
{
    for (unsigned generic = 0; generic < PORTFOLIO_CLASSES; generic++) {
        const struct pod_class *class = pod_class_of(generic);
        for (unsigned i = POD_PRESSED; class != NULL && i < POD_ARRIVED; i++)
            if (class->events[i] != 0 && portfolio_mask_has(pod->happened.words, class->events[i]))
                return true;
    }
    return false;
}

/* For whom no record is tried: pods that it has been told since it lost events are owed anew. */
static void owe_changed(const struct broker *broker, struct listener *listener)
{
    for (unsigned i = 0; i < broker->pods.n; i++)
        if (has_changed(broker->pods.chain[i]))
            pod_set_add(&listener->owed, broker->pods.chain[i]->number);
}

static void tell(const struct news *news, struct listener *listener)
{
    struct broker *broker = news->broker;
    if (news->is_field && listener->is_lost && is_full(listener))
        owe_changed(broker, listener);
    if (!telling_is_due(broker, listener, &news->happened))
        return;
    struct telling telling = {
        .news = news,
        .listener = listener,
        .wanted = listener->trigger,
        .is_focused = broker->listeners.focus == listener,
        .hears_users = listener_hears_users(&broker->listeners, listener),
    };
    event_mask_unite(&telling.wanted, &listener->capture);
    build(&telling);
    if (telling.record.n_frames == 0)
        listener->is_told_focus = telling.is_focused;
    else if (!is_full(listener) &&
             broker->ops->record(broker->user, listener->port, telling.record.octets,
                                 record_end(&telling.record)))
        sent(&telling);
    else
        lose(listener);
}

static void tell_all(const struct news *news)
{
    for (struct listener *listener = news->broker->listeners.first; listener != NULL;
         listener = listener->next)
        tell(news, listener);
}

/* Whoever would have been told of what @pod has given up. */
static void lose_of_pod(struct broker *broker, struct pod *pod)
{
    for (struct listener *listener = broker->listeners.first; listener != NULL;
         listener = listener->next) {
        if (!listener_hears_users(&broker->listeners, listener) ||
            (!event_mask_meet_user(&listener->trigger, &pod->lost) &&
             !event_mask_meet_user(&listener->capture, &pod->lost)))
            continue;
        listener->is_lost = true;
        pod_set_add(&listener->owed, pod->number);
    }
    pod->lost = (struct event_mask){{0}};
}

static bool has_lost(const struct pod *pod)
{
    static const struct event_mask none = {{0}};
    return memcmp(&pod->lost, &none, sizeof none) != 0;
}

void telling_field(struct broker *broker)
{
    for (unsigned i = 0; i < broker->pods.n; i++)
        if (has_lost(broker->pods.chain[i]))
            lose_of_pod(broker, broker->pods.chain[i]);
    struct news news = {.broker = broker, .is_field = true};
    for (unsigned i = 0; i < broker->pods.n; i++)
        event_mask_unite(&news.happened, &broker->pods.chain[i]->happened);
    tell_all(&news);
}

void telling_frames(struct broker *broker, const struct portfolio_frame *frames, unsigned n)
{
    struct news news = {.broker = broker, .frames = frames, .n = n};
    for (unsigned i = 0; i < n; i++)
        portfolio_mask_set(news.happened.words, frames[i].number);
    tell_all(&news);
}

void telling_lose(struct broker *broker, uint8_t event)
{
    for (struct listener *listener = broker->listeners.first; listener != NULL;
         listener = listener->next)
        if (hears_of(broker, listener, event) &&
            (portfolio_mask_has(listener->trigger.words, event) ||
             portfolio_mask_has(listener->capture.words, event)))
            listener->is_lost = true;
}
