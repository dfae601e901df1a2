/*
 * The table is one array in the order of its keys, so that one interface is found by halving and
 * lists go by pages. Each binding and its texts are one piece of memory.
 *
 * Whose a service on another host is nobody here knows, and whose such a client is neither: both
 * count as BINDING_REMOTE_UID, for which the operator may bind as for any other user.
 */
#include "gateway/bindings.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "bridge/log.h"
#include "gateway/gateway.h"

#define AT_FIRST 16u

void bindings_init(struct bindings *bindings, size_t max, bool by_default)
{
    *bindings = (struct bindings){.max = max, .by_default = by_default};
}

void bindings_deinit(struct bindings *bindings)
{
    for (size_t i = 0; i < bindings->n; i++)
        free(bindings->sorted[i]);
    free(bindings->sorted);
    *bindings = (struct bindings){.max = bindings->max, .by_default = bindings->by_default};
}

/* ---- places ---- */

static int order(const char *family, uint32_t uid, const char *interface,
                 const struct binding *binding)
{
    int by_family = strcmp(family, binding->family);
    if (by_family != 0)
        return by_family;
    if (uid != binding->client_uid)
        return uid < binding->client_uid ? -1 : 1;
    return strcmp(interface, binding->interface);
}

/* The first place that does not come before the key. */
static size_t place_of(const struct bindings *bindings, const char *family, uint32_t uid,
                       const char *interface, bool *therep)
{
    size_t low = 0, high = bindings->n;
    *therep = false;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        int difference = order(family, uid, interface, bindings->sorted[middle]);
        *therep = *therep || difference == 0;
        if (difference > 0)
            low = middle + 1;
        else
            high = middle;
    }
    return low;
}

void bindings_cursor(const struct binding *binding, char cursor[BINDINGS_CURSOR_MAX])
{
    (void)snprintf(cursor, BINDINGS_CURSOR_MAX, "%" PRIx32 ":%s:%s", binding->client_uid,
                   binding->family, binding->interface);
}

size_t bindings_after(const struct bindings *bindings, const char *cursor)
{
    char family[DIRECTORY_FAMILY_MAX + 1];
    char *end = NULL;
    unsigned long uid = strtoul(cursor, &end, 16);
    const char *colon = *end == ':' ? strchr(end + 1, ':') : NULL;
    if (colon == NULL || uid > UINT32_MAX || (size_t)(colon - end - 1) > DIRECTORY_FAMILY_MAX)
        return 0;
    (void)snprintf(family, sizeof family, "%.*s", (int)(colon - end - 1), end + 1);
    bool there;
    size_t place = place_of(bindings, family, (uint32_t)uid, colon + 1, &there);
    return there ? place + 1 : place;
}

/* ---- changing ---- */

static const char *put(char **atp, const char *text)
{
    size_t size = strlen(text) + 1;
    char *copy = *atp;
    memcpy(copy, text, size);
    *atp += size;
    return copy;
}

static struct binding *copy(const struct binding *from)
{
    size_t texts = strlen(from->family) + strlen(from->interface) + strlen(from->name) +
                   strlen(from->client_user) + strlen(from->server_user) + 5;
    struct binding *binding = malloc(sizeof *binding + texts);
    if (binding == NULL)
        return NULL;
    char *at = (char *)(binding + 1);
    *binding = *from;
    binding->family = put(&at, from->family);
    binding->interface = put(&at, from->interface);
    binding->name = put(&at, from->name);
    binding->client_user = put(&at, from->client_user);
    binding->server_user = put(&at, from->server_user);
    return binding;
}

static bool is_text(const char *text, size_t least, size_t most)
{
    size_t size = strlen(text);
    return size >= least && size <= most;
}

bool bindings_are_of(const char *family, const char *interface, const char *protocol)
{
    return is_text(family, 1, DIRECTORY_FAMILY_MAX) && is_text(interface, 1, DIRECTORY_NAME_MAX) &&
           is_text(protocol, 0, DIRECTORY_TEXT_MAX);
}

static bool is_good(const struct binding *binding)
{
    return bindings_are_of(binding->family, binding->interface, "") &&
           is_text(binding->name, 1, DIRECTORY_NAME_MAX);
}

static enum via_status make_room(struct bindings *bindings)
{
    if (bindings->n >= bindings->max)
        return VIA_BUSY;
    if (bindings->n < bindings->capacity)
        return VIA_OK;
    size_t capacity = bindings->capacity == 0 ? AT_FIRST : bindings->capacity * 2;
    struct binding **sorted = realloc(bindings->sorted, capacity * sizeof(struct binding *));
    if (sorted == NULL)
        return VIA_NO_MEMORY;
    bindings->sorted = sorted;
    bindings->capacity = capacity;
    return VIA_OK;
}

static bool same_target(const struct binding *a, const struct binding *b)
{
    return a->server_uid == b->server_uid && strcmp(a->name, b->name) == 0;
}

enum via_status bindings_set(struct bindings *bindings, const struct binding *binding)
{
    bool there;
    if (!is_good(binding))
        return VIA_INVALID;
    size_t place =
        place_of(bindings, binding->family, binding->client_uid, binding->interface, &there);
    enum via_status status = there ? VIA_OK : make_room(bindings);
    if (status != VIA_OK)
        return status;
    struct binding *made = copy(binding);
    if (made == NULL)
        return VIA_NO_MEMORY;
    struct binding **at = &bindings->sorted[place];
    if (there) {
        if (!same_target(*at, made))
            log_warn("binding.replaced",
                     "user=\"%s\" interface=\"%s\" was=\"<%s>.%s\" is=\"<%s>.%s\"",
                     made->client_user, made->interface, (*at)->server_user, (*at)->name,
                     made->server_user, made->name);
        free(*at);
    } else {
        memmove(at + 1, at, (bindings->n - place) * sizeof(struct binding *));
        bindings->n++;
    }
    *at = made;
    return VIA_OK;
}

static void take_out(struct bindings *bindings, size_t place)
{
    struct binding **at = &bindings->sorted[place];
    free(*at);
    bindings->n--;
    memmove(at, at + 1, (bindings->n - place) * sizeof(struct binding *));
}

bool bindings_remove(struct bindings *bindings, const char *family, uint32_t client_uid,
                     const char *interface)
{
    bool there;
    size_t place = place_of(bindings, family, client_uid, interface, &there);
    if (there)
        take_out(bindings, place);
    return there;
}

/* ---- judging ---- */

uint32_t bindings_uid(const struct principal *who)
{
    return who->remote ? BINDING_REMOTE_UID : who->uid;
}

void bindings_judge(const struct bindings *bindings, const char *family, const char *interface,
                    const struct principal *who, struct bindings_target *targetp)
{
    bool there;
    uint32_t uid = bindings_uid(who);
    size_t place = place_of(bindings, family, uid, interface, &there);
    *targetp = (struct bindings_target){.state = WAITING_UNBOUND};
    if (there) {
        const struct binding *binding = bindings->sorted[place];
        *targetp = (struct bindings_target){WAITING_BOUND, binding->server_uid, binding->name};
    } else if (bindings->by_default) {
        *targetp = (struct bindings_target){WAITING_BOUND, who->remote ? BINDING_ANY_USER : uid,
                                            interface};
    }
}

enum via_status bindings_find(const struct bindings *bindings, const struct directory *directory,
                              const char *family, const char *interface,
                              const struct principal *who, struct bindings_target *targetp,
                              struct directory_entry **entryp)
{
    bindings_judge(bindings, family, interface, who, targetp);
    if (targetp->state == WAITING_UNBOUND)
        return VIA_DENIED;
    enum via_status status =
        directory_find_of(directory, family, targetp->name, targetp->uid, who, entryp);
    if (status != VIA_INVALID)
        return status;
    targetp->state = WAITING_UNBOUND;
    return VIA_DENIED;
}

bool bindings_may_change(const struct principal *who)
{
    return !who->remote && (who->uid == 0 || who->uid == geteuid());
}

enum via_status bindings_change(struct gateway *gateway, const struct principal *who,
                                const char *family, const char *client, const char *server,
                                struct config_fault *fault)
{
    enum via_status status =
        bindings_say(&gateway->bindings, family, client, server, gateway->config.name, fault);
    if (status != VIA_OK)
        return status;
    log_info("binding.said", "by=\"%s\" client=\"%s\" server=\"%s\"", who->address, client,
             server != NULL ? server : "");
    waiters_judge(&gateway->waiters);
    return VIA_OK;
}

/* ---- the file's and the others ---- */

#define FNV_START UINT64_C(0xcbf29ce484222325)

static void mix(uint64_t *hash, const void *octets, size_t size)
{
    for (size_t i = 0; i < size; i++)
        *hash = (*hash ^ ((const uint8_t *)octets)[i]) * UINT64_C(0x100000001b3);
}

static uint64_t digest(const struct bindings *bindings)
{
    uint64_t hash = FNV_START;
    for (size_t i = 0; i < bindings->n; i++) {
        const struct binding *binding = bindings->sorted[i];
        mix(&hash, &binding->client_uid, sizeof binding->client_uid);
        mix(&hash, &binding->server_uid, sizeof binding->server_uid);
        mix(&hash, binding->family, strlen(binding->family) + 1);
        mix(&hash, binding->interface, strlen(binding->interface) + 1);
        mix(&hash, binding->name, strlen(binding->name) + 1);
    }
    return hash;
}

/* By moving pointers: all of it, or nothing for want of memory. */
void bindings_commit(struct bindings *bindings, struct bindings *said)
{
    uint64_t seen = digest(said);
    size_t capacity = bindings->n + said->n + 1, n = 0, at = 0;
    struct binding **sorted =
        seen == bindings->file_seen ? NULL : calloc(capacity, sizeof(struct binding *));
    if (sorted == NULL && seen != bindings->file_seen)
        log_error("binding.file", "what was stays; cause=\"no memory\"");
    for (size_t i = 0; sorted != NULL && i < bindings->n; i++) {
        struct binding *one = bindings->sorted[i];
        if (one->from_file) {
            free(one);
            continue;
        }
        int difference = 1;
        for (; at < said->n && difference > 0; at++) {
            difference = order(one->family, one->client_uid, one->interface, said->sorted[at]);
            if (difference < 0)
                break;
            if (difference > 0)
                sorted[n++] = said->sorted[at];
            else
                free(said->sorted[at]);
        }
        sorted[n++] = one;
    }
    if (sorted != NULL) {
        for (; at < said->n; at++)
            sorted[n++] = said->sorted[at];
        said->n = 0;
        free(bindings->sorted);
        bindings->sorted = sorted;
        bindings->capacity = capacity;
        bindings->n = n;
        bindings->file_seen = seen;
        log_info("binding.file", "bindings=%zu", n);
    }
    bindings_deinit(said);
}
