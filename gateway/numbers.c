/*
 * One hash of open places holds all numbers that are not free: those set aside for a session, those
 * that an object has, and those that names stand for. It is a hash nobody outside can foresee,
 * since whoever walks the range for long enough picks which numbers stay.
 *
 * The walk goes up and around the range, past whatever is taken, so a number comes again after a
 * thousand million others. It begins at random: what an earlier gateway gave, and its owners claim
 * anew here, lies elsewhere. A number that this gateway has given is taken again only with the seal
 * that came with its block.
 */
#include "gateway/numbers.h"

#include <assert.h>
#include <stdio.h>
#include <stdlib.h>

#include "gateway/directory.h"
#include "gateway/gateway.h"
#include "gateway/objects.h"

#define PLACES_AT_FIRST 256u
#define BLOCKS_MAX (1u << 24) /* of one session, in what another process saved */

void numbers_init(struct numbers *numbers, uint32_t max, uint32_t max_block)
{
    struct name_seed walk;
    name_seed_init(&walk);
    *numbers = (struct numbers){.factor = walk.k0 | 1, .max = max, .max_block = max_block};
    numbers->start = NUMBERS_FIRST + (uint32_t)(walk.k1 % NUMBERS_RANGE);
    name_seed_init(&numbers->seed);
}

void numbers_deinit(struct numbers *numbers)
{
    assert(numbers->n == 0);
    free(numbers->places);
    numbers->places = NULL;
    numbers->n_places = 0;
}

/* ---- the places ---- */

static size_t place_of(const struct numbers *numbers, uint32_t number)
{
    return (size_t)(number * numbers->factor >> 32) & (numbers->n_places - 1);
}

static struct number *get(const struct numbers *numbers, uint32_t number)
{
    if (numbers->n_places == 0 || number == 0)
        return NULL;
    size_t place = place_of(numbers, number);
    while (numbers->places[place].number != number) {
        if (numbers->places[place].number == 0)
            return NULL;
        place = (place + 1) & (numbers->n_places - 1);
    }
    return &numbers->places[place];
}

/* There is room for it, and it is not there. */
static struct number *put(struct numbers *numbers, uint32_t number)
{
    size_t place = place_of(numbers, number);
    while (numbers->places[place].number != 0)
        place = (place + 1) & (numbers->n_places - 1);
    numbers->places[place] = (struct number){.number = number};
    numbers->n++;
    return &numbers->places[place];
}

static enum via_status resize(struct numbers *numbers, size_t n_places)
{
    struct number *places = calloc(n_places, sizeof *places);
    if (places == NULL)
        return VIA_NO_MEMORY;
    struct number *old = numbers->places;
    size_t n_old = numbers->n_places;
    numbers->places = places;
    numbers->n_places = n_places;
    numbers->n = 0;
    for (size_t i = 0; i < n_old; i++)
        if (old[i].number != 0)
            *put(numbers, old[i].number) = old[i];
    free(old);
    return VIA_OK;
}

static enum via_status make_room(struct numbers *numbers, size_t n_more)
{
    size_t n_places = numbers->n_places == 0 ? PLACES_AT_FIRST : numbers->n_places;
    while (n_places / 2 < numbers->n + n_more)
        n_places *= 2;
    return n_places == numbers->n_places ? VIA_OK : resize(numbers, n_places);
}

/* What came behind it and would not be found any more moves up. */
static void take_out(struct numbers *numbers, const struct number *number)
{
    size_t mask = numbers->n_places - 1;
    size_t hole = (size_t)(number - numbers->places), place = hole;
    for (;;) {
        place = (place + 1) & mask;
        if (numbers->places[place].number == 0)
            break;
        size_t home = place_of(numbers, numbers->places[place].number);
        if (((place - home) & mask) < ((place - hole) & mask))
            continue;
        numbers->places[hole] = numbers->places[place];
        hole = place;
    }
    numbers->places[hole].number = 0;
    numbers->n--;
    /* A smaller table is a saving, and none if there is no memory for it. */
    if (numbers->n_places > PLACES_AT_FIRST && numbers->n < numbers->n_places / 16)
        (void)resize(numbers, numbers->n_places / 4);
}

static void settle(struct numbers *numbers, const struct number *number)
{
    if (number->block == NULL && number->object == NULL && number->names == NULL)
        take_out(numbers, number);
}

/* ---- giving ---- */

static uint32_t number_at(const struct numbers *numbers, uint64_t n_walked)
{
    return NUMBERS_FIRST + (uint32_t)((numbers->start - NUMBERS_FIRST + n_walked) % NUMBERS_RANGE);
}

/* Whether the walk has come by it. */
static bool was_given(const struct numbers *numbers, uint32_t number)
{
    uint32_t way = number >= numbers->start ? number - numbers->start
                                            : NUMBERS_RANGE - (numbers->start - number);
    return way < numbers->n_walked;
}

static uint64_t seal_of(const struct numbers *numbers, uint32_t first, uint32_t n)
{
    char text[32];
    (void)snprintf(text, sizeof text, "%u+%u", (unsigned)first, (unsigned)n);
    return name_hash(&numbers->seed, text);
}

static bool proves(const struct numbers *numbers, const struct number_proof *proof, uint32_t number)
{
    return proof != NULL && number - proof->first < proof->n &&
           proof->seal == seal_of(numbers, proof->first, proof->n);
}

/* One of @session's, before the one that @linkp leads to. */
static struct number_block *add_block(const struct session *session, struct number_block **linkp)
{
    struct number_block *block = malloc(sizeof *block);
    if (block == NULL)
        return NULL;
    *block = (struct number_block){.next = *linkp, .linkp = linkp, .session = session_key(session)};
    if (block->next != NULL)
        block->next->linkp = &block->next;
    *linkp = block;
    return block;
}

static bool is_set_aside_for(const struct number *number, const struct session *session)
{
    return number != NULL && number->block != NULL &&
           number->block->session == session_key(session);
}

/* Walks to a free number, and on over as many as are free behind it. */
static uint32_t walk(struct numbers *numbers, uint32_t wanted, uint32_t *firstp)
{
    uint32_t n = 0;
    while (get(numbers, number_at(numbers, numbers->n_walked)) != NULL)
        numbers->n_walked++;
    *firstp = number_at(numbers, numbers->n_walked);
    while (n < wanted && n <= NUMBERS_LAST - *firstp && get(numbers, *firstp + n) == NULL)
        n++;
    numbers->n_walked += n;
    return n;
}

enum via_status numbers_give(struct numbers *numbers, struct session *session, uint32_t wanted,
                             struct number_proof *blockp)
{
    if (session->n_numbers >= numbers->max || numbers->n >= NUMBERS_RANGE / 2)
        return VIA_BUSY;
    if (wanted == 0 || wanted > numbers->max_block)
        wanted = numbers->max_block;
    if (wanted > numbers->max - session->n_numbers)
        wanted = numbers->max - session->n_numbers;
    enum via_status status = make_room(numbers, wanted);
    if (status != VIA_OK)
        return status;
    struct number_block *block = add_block(session, &session->number_blocks);
    if (block == NULL)
        return VIA_NO_MEMORY;
    block->n = walk(numbers, wanted, &block->first);
    block->n_left = block->n;
    for (uint32_t i = 0; i < block->n; i++)
        put(numbers, block->first + i)->block = block;
    session->n_numbers += block->n;
    *blockp =
        (struct number_proof){block->first, block->n, seal_of(numbers, block->first, block->n)};
    return VIA_OK;
}

/* ---- claiming ---- */

/* It is set aside no more, but in use. */
static void use_up(struct number *number)
{
    struct number_block *block = number->block;
    number->block = NULL;
    if (--block->n_left > 0)
        return;
    *block->linkp = block->next;
    if (block->next != NULL)
        block->next->linkp = block->linkp;
    free(block);
}

/* Whether @session may take what is not set aside for it. @number: NULL where it is quite free. */
static enum via_status judge(const struct numbers *numbers, const struct session *session,
                             const struct number *number, uint32_t wanted, bool proven)
{
    if (number != NULL && number->block != NULL)
        return VIA_DENIED;
    if (number != NULL && number->object != NULL && number->object->death == VIA_ALIVE)
        return VIA_EXISTS;
    /* Who holds the one that died may not be given another without its owner's word. */
    bool is_held = number != NULL && number->object != NULL;
    if (!proven && (is_held || was_given(numbers, wanted)))
        return VIA_DENIED;
    return session->n_numbers < numbers->max ? VIA_OK : VIA_BUSY;
}

static void tell_names(const struct gateway_object *object, const struct number *number)
{
    struct gateway *gateway = object->gateway;
    for (const struct directory_entry *entry = object->names; entry != NULL;
         entry = entry->next_of_owner)
        directory_tell_change(&gateway->directory, entry);
    /* Finds that wait for one of these have found what it stands for. */
    for (const struct directory_entry *entry = number->names; entry != NULL;
         entry = entry->next_of_number)
        waiters_appeared(&gateway->waiters, entry);
}

enum via_status numbers_claim(struct numbers *numbers, struct session *session, uint32_t wanted,
                              struct gateway_object *object, uint32_t mode,
                              const struct number_proof *proof)
{
    assert(object->owner == session_key(session));
    if (wanted < NUMBERS_FIRST || wanted > NUMBERS_LAST || mode > 0777)
        return VIA_INVALID;
    if (object->death != VIA_ALIVE)
        return VIA_DEAD;
    if (object->number != 0)
        return object->number == wanted ? VIA_OK : VIA_EXISTS;
    struct number *number = get(numbers, wanted);
    if (is_set_aside_for(number, session)) {
        use_up(number);
    } else {
        enum via_status status =
            judge(numbers, session, number, wanted, proves(numbers, proof, wanted));
        if (status == VIA_OK)
            status = make_room(numbers, 1);
        if (status != VIA_OK)
            return status;
        number = get(numbers, wanted);
        if (number == NULL)
            number = put(numbers, wanted);
        if (number->object != NULL)
            number->object->number = 0;
        session->n_numbers++;
    }
    number->object = objects_ref(object);
    object->number = wanted;
    object->number_mode = (uint16_t)(mode == 0 ? DIRECTORY_MODE_DEFAULT : mode);
    tell_names(object, number);
    return VIA_OK;
}

/* ---- finding ---- */

struct gateway_object *numbers_holder(const struct numbers *numbers, uint32_t wanted)
{
    const struct number *number = get(numbers, wanted);
    return number == NULL ? NULL : number->object;
}

static bool holds(const struct session *session, const struct gateway_object *object)
{
    for (unsigned i = 0; i < object->n_holders; i++)
        if (object->holders[i] == session->slot)
            return true;
    return false;
}

static bool permits(const struct directory_entry *entry, const struct principal *who)
{
    return (!who->remote || (entry->spec.flags & DIRECTORY_LOCAL) == 0) &&
           principal_may_call(who, entry->spec.mode, entry->uid, entry->gid);
}

bool numbers_may_call(const struct session *session, const struct gateway_object *object)
{
    const struct principal *who = &session->principal;
    if (object->owner == session_key(session) || holds(session, object))
        return true;
    const struct session *owner = objects_owner(object);
    if (!who->remote && owner != NULL &&
        principal_may_call(who, object->number_mode, owner->principal.uid, owner->principal.gid))
        return true;
    for (const struct directory_entry *entry = object->names; entry != NULL;
         entry = entry->next_of_owner)
        if (permits(entry, who))
            return true;
    return false;
}

/* Whether one of the names that stand for it lets @session call it. */
static bool is_named_for(const struct number *number, const struct session *session)
{
    const struct sessions *sessions = &session->gateway->sessions;
    for (const struct directory_entry *entry = number->names; entry != NULL;
         entry = entry->next_of_number) {
        const struct session *publisher = sessions_get(sessions, entry->session);
        if (permits(entry, &session->principal) && publisher != NULL &&
            numbers_may_call(publisher, number->object))
            return true;
    }
    return false;
}

enum via_status numbers_find(const struct session *session, uint32_t wanted,
                             struct gateway_object **objectp)
{
    const struct number *number = get(&session->gateway->numbers, wanted);
    if (number == NULL || number->object == NULL || number->object->death != VIA_ALIVE)
        return VIA_NOT_FOUND;
    if (!numbers_may_call(session, number->object) && !is_named_for(number, session))
        return session->principal.remote ? VIA_NOT_FOUND : VIA_DENIED;
    *objectp = number->object;
    return VIA_OK;
}

/* ---- names ---- */

enum via_status numbers_reserve_name(struct numbers *numbers)
{
    return make_room(numbers, 1);
}

void numbers_add_name(struct numbers *numbers, struct directory_entry *entry)
{
    if (entry->number == 0)
        return;
    struct number *number = get(numbers, entry->number);
    if (number == NULL)
        number = put(numbers, entry->number);
    entry->next_of_number = number->names;
    entry->prev_of_number = NULL;
    if (number->names != NULL)
        number->names->prev_of_number = entry;
    number->names = entry;
}

void numbers_remove_name(struct numbers *numbers, struct directory_entry *entry)
{
    struct number *number = get(numbers, entry->number);
    if (number == NULL)
        return;
    if (entry->next_of_number != NULL)
        entry->next_of_number->prev_of_number = entry->prev_of_number;
    if (entry->prev_of_number != NULL)
        entry->prev_of_number->next_of_number = entry->next_of_number;
    else
        number->names = entry->next_of_number;
    settle(numbers, number);
}

struct directory_entry *numbers_name_of(const struct numbers *numbers, uint32_t wanted)
{
    const struct number *number = get(numbers, wanted);
    return number == NULL ? NULL : number->names;
}

struct gateway_object *numbers_stands_for(const struct gateway *gateway,
                                          const struct directory_entry *entry)
{
    struct gateway_object *object = numbers_holder(&gateway->numbers, entry->number);
    const struct session *publisher = sessions_get(&gateway->sessions, entry->session);
    bool may = object != NULL && object->death == VIA_ALIVE && publisher != NULL &&
               numbers_may_call(publisher, object);
    return may ? object : NULL;
}

/* ---- ends ---- */

void numbers_object_died(struct numbers *numbers, struct gateway_object *object)
{
    struct session *owner = objects_owner(object);
    assert(numbers_holder(numbers, object->number) == object);
    if (owner != NULL)
        owner->n_numbers--;
    objects_unref(object);
}

void numbers_object_ended(struct numbers *numbers, struct gateway_object *object)
{
    struct number *number = get(numbers, object->number);
    object->number = 0;
    if (number == NULL)
        return;
    number->object = NULL;
    settle(numbers, number);
}

static void set_free(struct numbers *numbers, uint32_t wanted, const struct number_block *block)
{
    struct number *number = get(numbers, wanted);
    if (number == NULL || number->block != block)
        return; /* it is in use, or has been */
    number->block = NULL;
    settle(numbers, number);
}

void numbers_session_ended(struct numbers *numbers, struct session *session)
{
    while (session->number_blocks != NULL) {
        struct number_block *block = session->number_blocks;
        session->number_blocks = block->next;
        for (uint32_t i = 0; i < block->n; i++)
            set_free(numbers, block->first + i, block);
        free(block);
    }
    session->n_numbers = 0;
}

/* ---- from process to process ---- */

void numbers_state(struct numbers *numbers, struct state *state)
{
    state_u64(state, &numbers->seed.k0);
    state_u64(state, &numbers->seed.k1);
    state_u32(state, &numbers->start);
    state_u64(state, &numbers->n_walked);
    (void)state_require(state, numbers->start >= NUMBERS_FIRST && numbers->start <= NUMBERS_LAST,
                        "where numbers began");
}

/* Which of a block are left. */
static void block_state(struct numbers *numbers, struct state *state, struct session *session,
                        struct number_block *block)
{
    for (uint32_t i = 0; i < block->n && state_is_good(state); i++) {
        struct number *number = get(numbers, block->first + i);
        bool is_left = number != NULL && number->block == block;
        state_bool(state, &is_left);
        if (!state->loading || !is_left)
            continue;
        if (make_room(numbers, 1) != VIA_OK) {
            state->status = VIA_NO_MEMORY;
            return;
        }
        number = get(numbers, block->first + i);
        if (!state_require(state, number == NULL, "a number that is set aside"))
            return;
        put(numbers, block->first + i)->block = block;
        block->n_left++;
        session->n_numbers++;
    }
    (void)state_require(state, block->n_left > 0, "a block of numbers that is used up");
}

static struct number_block *load_block(struct state *state, const struct session *session,
                                       struct number_block **link)
{
    uint32_t first = 0, n = 0;
    state_u32(state, &first);
    state_u32(state, &n);
    if (!state_require(state,
                       first >= NUMBERS_FIRST && first <= NUMBERS_LAST && n > 0 &&
                           n <= NUMBERS_BLOCK_MOST && n - 1 <= NUMBERS_LAST - first,
                       "a block of numbers"))
        return NULL;
    struct number_block *block = add_block(session, link);
    if (block == NULL) {
        state->status = VIA_NO_MEMORY;
        return NULL;
    }
    block->first = first;
    block->n = n;
    return block;
}

void numbers_state_of(struct numbers *numbers, struct state *state, struct session *session)
{
    uint32_t n = 0;
    struct number_block *block = session->number_blocks, **link = &session->number_blocks;
    for (const struct number_block *at = block; at != NULL; at = at->next)
        n++;
    state_count(state, &n, BLOCKS_MAX);
    for (; !state->loading && block != NULL; block = block->next) {
        state_u32(state, &block->first);
        state_u32(state, &block->n);
        block_state(numbers, state, session, block);
    }
    for (; state->loading && n > 0 && state_is_good(state); n--) {
        block = load_block(state, session, link);
        if (block == NULL)
            return;
        block_state(numbers, state, session, block);
        link = &block->next;
    }
}

enum via_status numbers_restore(struct numbers *numbers, struct gateway_object *object)
{
    uint32_t wanted = object->number;
    object->number = 0;
    if (wanted < NUMBERS_FIRST || wanted > NUMBERS_LAST || object->handle == 0 ||
        object->number_mode > 0777)
        return VIA_INVALID;
    if (make_room(numbers, 1) != VIA_OK)
        return VIA_NO_MEMORY;
    if (get(numbers, wanted) != NULL)
        return VIA_INVALID;
    put(numbers, wanted)->object = object;
    object->number = wanted;
    if (object->death == VIA_ALIVE)
        (void)objects_ref(object);
    return VIA_OK;
}
