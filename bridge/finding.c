/*
 * A finding is asked as an errand, in each session anew until one has answered: the gateway lets it
 * wait with all others, in order of arrival, so those of one node are asked in the order in which
 * they began. What the gateway cannot take now is asked again a little later.
 *
 * It has two counts: the user's, and one for being in the node's list or on its way to a worker.
 */
#include "bridge/finding.h"

#include <stdatomic.h>
#include <stdlib.h>

#include "bridge/directory_call.h"
#include "bridge/entry.h"
#include "bridge/log.h"
#include "bridge/node.h"
#include "bridge/pending.h"
#include "codecs/control.h"

struct via_finding {
    struct via_finding *next, **linkp; /* in the node's list, until it is over */
    atomic_uint refs;
    struct via_node *node;      /* a count */
    struct via_parcel *request; /* owned */
    struct errand *errand;      /* NULL: not asked in this session */
    bool over;
    struct job job;
    enum via_status status;
    struct via_found found; /* owned; of VIA_OK */
    via_found_fn fn;
    void *user; /* borrowed */
};

static void drop(struct via_finding *finding)
{
    struct via_node *node = finding->node;
    if (atomic_fetch_sub(&finding->refs, 1) != 1)
        return;
    (void)via_parcel_unref(finding->request);
    via_found_clear(&finding->found);
    free(finding);
    (void)node_unref(node);
}

void via_found_clear(struct via_found *found)
{
    (void)via_proxy_unref(found->proxy);
    (void)via_parcel_unref(found->words);
    *found = (struct via_found){.proxy = NULL};
}

/* ---- what is asked, and answered ---- */

static enum via_status put_request(const char *family, const char *interface, const char *protocol,
                                   bool wait, struct via_parcel **requestp)
{
    struct via_parcel *request;
    enum via_status status = via_parcel_create(&request);
    if (status != VIA_OK)
        return status;
    status = via_parcel_write_str(request, family);
    if (status == VIA_OK)
        status = via_parcel_write_str(request, interface);
    if (status == VIA_OK)
        status = via_parcel_write_str(request, directory_text(protocol));
    if (status == VIA_OK)
        status = via_parcel_write_bool(request, wait);
    if (status != VIA_OK)
        request = via_parcel_unref(request);
    *requestp = request;
    return status;
}

/* VIA_NOT_FOUND: it went while the reply was under way. */
static enum via_status read_found(struct via_parcel *reply, struct via_found *foundp)
{
    struct via_found found = {.proxy = NULL};
    enum via_status status = via_parcel_read_ref(reply, &found.proxy);
    if (status == VIA_OK && found.proxy == NULL)
        return VIA_NOT_FOUND;
    if (status == VIA_OK)
        status = entry_read(reply, &found.entry);
    if (status != VIA_OK) {
        (void)via_proxy_unref(found.proxy);
        return status;
    }
    found.words = via_parcel_ref(reply);
    *foundp = found;
    return VIA_OK;
}

static bool is_question(const struct via_node *node, const char *family, const char *interface)
{
    return node != NULL && family != NULL && family[0] != '\0' && interface != NULL &&
           interface[0] != '\0';
}

enum via_status via_node_find_bound(struct via_node *node, const char *family,
                                    const char *interface, const char *protocol, uint32_t wait_ms,
                                    struct via_found *found)
{
    if (!is_question(node, family, interface) || found == NULL)
        return VIA_INVALID;
    struct via_parcel *request = NULL, *reply = NULL;
    enum via_status status = put_request(family, interface, protocol, wait_ms != 0, &request);
    if (status == VIA_OK)
        status = directory_ask_until(node, DIRECTORY_FIND_BOUND, request, wait_ms, &reply);
    if (status == VIA_OK)
        status = read_found(reply, found);
    (void)via_parcel_unref(request);
    (void)via_parcel_unref(reply);
    return status;
}

/* ---- not waiting ---- */

static void run_found(struct job *job)
{
    struct via_finding *finding =
        (struct via_finding *)((char *)job - offsetof(struct via_finding, job));
    struct via_node *node = finding->node;
    node_unlock(node);
    finding->fn(finding->user, finding->status, finding->status == VIA_OK ? &finding->found : NULL);
    node_lock(node);
    drop(finding);
}

static void take_out(struct via_finding *finding)
{
    struct findings *findings = &finding->node->findings;
    *finding->linkp = finding->next;
    if (finding->next != NULL)
        finding->next->linkp = finding->linkp;
    else
        findings->last = finding->linkp;
}

static void finish(struct via_finding *finding, enum via_status status)
{
    finding->over = true;
    finding->status = status;
    take_out(finding);
    workers_post(finding->node, &finding->job);
}

static void answered(void *user, enum via_status status, struct via_parcel *reply)
{
    struct via_finding *finding = user;
    finding->errand = NULL;
    if (status == VIA_OK)
        status = read_found(reply, &finding->found);
    switch (status) {
    case VIA_NOT_FOUND:
        names_retry_soon(finding->node); /* a service that went: there may be another */
        break;
    case VIA_DEAD: /* the session's end, or the gateway's */
    case VIA_BUSY:
    case VIA_NO_MEMORY:
    case VIA_CANCELLED:
        log_debug("finding.again", "status=%s", via_status_name(status));
        names_retry_later(finding->node);
        break;
    default:
        finish(finding, status);
        break;
    }
}

static void ask(struct via_finding *finding)
{
    static const struct target target = {
        .layout = VIA_LAYOUT_CONTROL, .code = DIRECTORY_FIND_BOUND, .time_ms = FRAME_NO_DEADLINE};
    enum via_status status =
        errand_start(&finding->errand, finding->node, &target, finding->request, answered, finding);
    if (status == VIA_OK)
        return;
    finding->errand = NULL;
    log_debug("finding.ask", "status=%s", via_status_name(status));
    names_retry_later(finding->node);
}

void findings_init(struct findings *findings)
{
    findings->first = NULL;
    findings->last = &findings->first;
}

void findings_restore(struct via_node *node)
{
    struct via_finding *finding = node->findings.first;
    for (; finding != NULL; finding = finding->next)
        if (finding->errand == NULL)
            ask(finding);
}

static void end(struct via_finding *finding, enum via_status status)
{
    if (finding->over)
        return;
    if (finding->errand != NULL)
        errand_abandon(finding->errand);
    finding->errand = NULL;
    finish(finding, status);
}

void findings_end_all(struct via_node *node)
{
    while (node->findings.first != NULL)
        end(node->findings.first, VIA_DEAD);
}

/* The first connection is waited for: why there is none is known then. One that is away now comes
 * back by itself. */
static enum via_status begin(struct via_finding *finding)
{
    struct via_node *node = finding->node;
    enum via_status status = node->closed ? VIA_DEAD : VIA_OK;
    if (status == VIA_OK && !node->connection.welcomed)
        status = connection_need(node, loop_now() + node->connect_ms);
    if (status == VIA_OK)
        status = background_need(node); /* somebody has to read the answer */
    if (status == VIA_TIMEOUT)
        status = VIA_NOT_CONNECTED;
    if (status != VIA_OK)
        return status;
    finding->linkp = node->findings.last;
    *finding->linkp = finding;
    node->findings.last = &finding->next;
    if (connection_is_ready(node))
        ask(finding);
    else
        connection_is_missed(node);
    return VIA_OK;
}

enum via_status via_node_find_bound_async(struct via_node *node, const char *family,
                                          const char *interface, const char *protocol,
                                          via_found_fn fn, void *user,
                                          struct via_finding **findingp)
{
    if (!is_question(node, family, interface) || fn == NULL)
        return VIA_INVALID;
    struct via_finding *finding = calloc(1, sizeof *finding);
    if (finding == NULL)
        return VIA_NO_MEMORY;
    atomic_init(&finding->refs, findingp != NULL ? 2 : 1);
    finding->node = node_ref(node);
    finding->job.run = run_found;
    finding->fn = fn;
    finding->user = user;
    enum via_status status = put_request(family, interface, protocol, true, &finding->request);
    if (status == VIA_OK) {
        node_lock(node);
        status = begin(finding);
        if (status == VIA_OK && findingp != NULL)
            *findingp = finding;
        node_unlock(node);
    }
    if (status != VIA_OK) {
        atomic_store(&finding->refs, 1);
        drop(finding);
    }
    return status;
}

void via_finding_cancel(struct via_finding *finding)
{
    if (finding == NULL)
        return;
    node_lock(finding->node);
    end(finding, VIA_CANCELLED);
    node_unlock(finding->node);
}

struct via_finding *via_finding_unref(struct via_finding *finding)
{
    if (finding != NULL)
        drop(finding);
    return NULL;
}
