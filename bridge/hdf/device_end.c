/*
 * What of a node's driver runs, and the node's end. It ends when nothing runs any more: clients are
 * released first, then the driver, and last its name goes.
 *
 * A program's thread that ends a node waits for that. A function of any driver, or a callback, does
 * not, for what it would wait for may be itself, or wait for it: there the last function of the
 * node that returns does the rest. So no thread that may be waited for ever waits.
 */
#include "bridge/hdf/device.h"
#include "bridge/hdf/device_client.h"
#include "bridge/hdf/device_service.h"
#include "bridge/hdf/own_thread.h"

static _Thread_local unsigned depth; /* functions of drivers that this thread is in */

/* ---- functions of drivers ---- */

void device_function_begins(void)
{
    depth++;
}

void device_function_ends(void)
{
    depth--;
}

static bool may_wait(void)
{
    return depth == 0 && !own_thread_is_here();
}

void device_enter_locked(struct device_node *node)
{
    device_function_begins();
    node->n_running++;
}

/* With the lock held. */
static bool is_quiet(const struct device_node *node)
{
    return node->state == DEVICE_ENDING && node->n_running == 0 && !node->is_finishing;
}

/* The name goes, or is there for the asking again. */
static void give_up_name(struct device_node *node, bool sleeps)
{
    if (!sleeps) {
        device_withdraw(node);
        return;
    }
    bool was_published = device_unpublish(node);
    (void)device_offer_name(node); /* the log says why not */
    if (was_published)
        device_list_tell(DEVICE_SERVICE_STOPPED, node);
}

static void finish(struct device_node *node, bool sleeps)
{
    device_release_driver(node);
    give_up_name(node, sleeps);
    devices_lock();
    if (node->is_dynamic) { /* what it was published as */
        node->policy = SERVICE_POLICY_NONE;
        node->service_name[0] = '\0';
    }
    node->is_finishing = false;
    node->n_ends++;
    devices_set_state(node, DEVICE_MADE);
    devices_unlock();
    device_list_tell(DEVICE_WENT, node);
    device_unref(node); /* the end's own */
}

/* One that is quiet; with the lock held, which is let go. */
static void go_on(struct device_node *node)
{
    device_enter_locked(node);
    device_clients_release_locked(node);
    device_function_ends();
    bool is_last = --node->n_running == 0; /* else a client is just being released elsewhere */
    if (is_last)
        node->is_finishing = true;
    bool sleeps = node->sleeps;
    devices_unlock();
    if (is_last)
        finish(node, sleeps);
}

void device_leave(struct device_node *node)
{
    device_function_ends();
    devices_lock();
    node->n_running--;
    if (!is_quiet(node)) {
        devices_unlock();
    } else if (node->n_enders > 0) {
        devices_tell();
        devices_unlock();
    } else {
        go_on(node);
    }
}

/* ---- the end ---- */

/* With the lock held: until this end is over. */
static void wait_for_end(struct device_node *node)
{
    unsigned before = node->n_ends;
    node->n_enders++;
    while (node->n_ends == before) {
        if (!is_quiet(node)) {
            devices_wait();
            continue;
        }
        go_on(node);
        devices_lock();
    }
    node->n_enders--;
}

/* With the lock held. False: it is being launched, or ended, by somebody who may wait for us. */
static bool settle(struct device_node *node, bool waits)
{
    if (waits)
        return devices_wait_until_settled(node, 0);
    if (node->state == DEVICE_LAUNCHING)
        node->ends_soon = true;
    if (node->state == DEVICE_ENDING)
        node->sleeps = false;
    return node->state == DEVICE_LAUNCHED || node->state == DEVICE_MADE;
}

/* With the lock held, which is let go. */
static void end_launched(struct device_node *node, bool sleeps, bool waits)
{
    (void)atomic_fetch_add(&node->refs, 1);
    node->sleeps = sleeps;
    devices_set_state(node, DEVICE_ENDING);
    if (waits) {
        wait_for_end(node);
        devices_unlock();
    } else if (is_quiet(node)) {
        go_on(node);
    } else {
        devices_unlock();
    }
}

void device_end(struct device_node *node)
{
    bool waits = may_wait();
    devices_lock();
    bool is_settled = settle(node, waits);
    if (node->state == DEVICE_LAUNCHED) {
        end_launched(node, false, waits);
        return;
    }
    devices_unlock();
    if (is_settled) /* it may be there for the asking */
        device_withdraw(node);
}

void device_sleep(struct device_node *node)
{
    bool waits = may_wait();
    devices_lock();
    if (waits)
        (void)devices_wait_until_settled(node, 0);
    if (node->state == DEVICE_LAUNCHED)
        end_launched(node, true, waits);
    else
        devices_unlock();
}
