/*
 * The skeleton: who is calling, and the workers. Outside a handler the own process counts as the
 * caller. An identity is a string that a program hands back unread; its form is the system's, and
 * differs for callers on this host and on another one.
 */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "bridge/openharmony/context.h"
#include "bridge/openharmony/remote.h"
#include "include/openharmony/IPCKit/ipc_cskeleton.h"
#include "include/openharmony/IPCKit/ipc_error_code.h"

/* As the gateway makes a local caller's token out of its uid: Linux has none. */
#define TOKEN_OF_USER (UINT64_C(1) << 32)

#define WORKERS_MAX 32
#define WORKERS_BASE 1u /* the system has one more than was asked for */

#define FIELD_SIZE 20u  /* zero-padded decimal number of 64 bits */
#define DEVICE_SIZE 64u /* device id of a caller on another host */
#define IDENTITY_MAX (FIELD_SIZE + DEVICE_SIZE + FIELD_SIZE + 1)

static _Thread_local struct context *current;
static _Thread_local unsigned callback_depth;

void context_enter(struct context *context, struct via_call *call)
{
    const struct via_caller *caller = via_call_caller(call);
    const struct via_caller *first = via_call_first_caller(call);
    bool began = first == caller || (first->pid == caller->pid && first->token == caller->token &&
                                     first->remote == caller->remote);
    *context = (struct context){
        .outer = current,
        .caller = caller,
        .first_token = began || caller->remote ? 0 : first->token,
        .token = caller->remote       ? 0
                 : caller->token != 0 ? caller->token
                                      : caller->uid,
        .pid = caller->remote ? UINT64_MAX : (uint64_t)caller->pid,
        .uid = caller->remote ? UINT64_MAX : caller->uid,
        .local = !caller->remote,
    };
    current = context;
}

void context_leave(struct context *context)
{
    current = context->outer;
}

struct context *context_current(void)
{
    return current;
}

void context_enter_callback(void)
{
    callback_depth++;
}

void context_leave_callback(void)
{
    callback_depth--;
}

bool context_is_worker(void)
{
    return current != NULL || callback_depth > 0;
}

/* ---- identities ---- */

static void write_identity(const struct context *context, char *identity)
{
    uint64_t number = context->uid << 32 | (context->pid & UINT32_MAX);
    if (context->local) {
        (void)snprintf(identity, IDENTITY_MAX + 1, "<%020" PRIu64 "%020" PRIu64 "%" PRIu64,
                       context->token, context->pid, number);
        return;
    }
    (void)snprintf(identity, IDENTITY_MAX + 1, "%020" PRIu64 "%-64.64s%" PRIu64, context->token,
                   context->caller->identity, number);
}

/* @size digits, or with 0 all that are left, at least one; nothing else, and in 64 bits. */
static bool read_number(const char *text, size_t size, uint64_t *numberp)
{
    uint64_t number = 0;
    if (size == 0)
        size = strlen(text);
    for (size_t i = 0; i < size; i++) {
        if (text[i] < '0' || text[i] > '9')
            return false;
        uint64_t digit = (uint64_t)(text[i] - '0');
        if (number > (UINT64_MAX - digit) / 10)
            return false;
        number = number * 10 + digit;
    }
    *numberp = number;
    return size > 0;
}

static bool read_local_identity(const char *identity, struct context *context)
{
    const char *mark = strchr(identity, '<');
    uint64_t token = 0;
    uint64_t real_pid = 0;
    uint64_t number = 0;
    if (mark == NULL || strnlen(mark + 1, (size_t)2 * FIELD_SIZE) < (size_t)2 * FIELD_SIZE ||
        !read_number(mark + 1, FIELD_SIZE, &token) ||
        !read_number(mark + 1 + FIELD_SIZE, FIELD_SIZE, &real_pid) || real_pid > INT32_MAX ||
        !read_number(mark + 1 + (size_t)2 * FIELD_SIZE, 0, &number))
        return false;
    uint64_t pid = number & UINT32_MAX;
    uint64_t uid = number >> 32;
    if (pid > INT32_MAX || uid > INT32_MAX)
        return false;
    context->token = token;
    context->pid = pid;
    context->uid = uid;
    context->local = true;
    return true;
}

static bool read_remote_identity(const char *identity, struct context *context)
{
    uint64_t token = 0;
    uint64_t number = 0;
    if (strnlen(identity, FIELD_SIZE + DEVICE_SIZE) < FIELD_SIZE + DEVICE_SIZE ||
        !read_number(identity, FIELD_SIZE, &token) ||
        !read_number(identity + FIELD_SIZE + DEVICE_SIZE, 0, &number))
        return false;
    context->token = 0;
    context->pid = UINT64_MAX;
    context->uid = UINT64_MAX;
    context->local = false;
    return true;
}

/* ---- the kit ---- */

void OH_IPCSkeleton_JoinWorkThread(void)
{
    struct via_node *node = remote_node();
    if (node != NULL)
        via_node_join(node);
}

void OH_IPCSkeleton_StopWorkThread(void)
{
    struct via_node *node = remote_node();
    if (node != NULL)
        via_node_leave(node);
}

uint64_t OH_IPCSkeleton_GetSelfTokenId(void)
{
    return TOKEN_OF_USER | geteuid();
}

uint64_t OH_IPCSkeleton_GetCallingTokenId(void)
{
    return current == NULL ? OH_IPCSkeleton_GetSelfTokenId() : current->token;
}

uint64_t OH_IPCSkeleton_GetFirstTokenId(void)
{
    return current == NULL ? getuid() : current->first_token;
}

uint64_t OH_IPCSkeleton_GetCallingPid(void)
{
    return current == NULL ? (uint64_t)getpid() : current->pid;
}

uint64_t OH_IPCSkeleton_GetCallingUid(void)
{
    return current == NULL ? getuid() : current->uid;
}

int OH_IPCSkeleton_IsLocalCalling(void)
{
    return current == NULL || current->local;
}

int OH_IPCSkeleton_SetMaxWorkThreadNum(const int maxThreadNum)
{
    if (maxThreadNum < 1 || maxThreadNum > WORKERS_MAX)
        return OH_IPC_CHECK_PARAM_ERROR;
    struct via_node *node = remote_node();
    if (node == NULL || via_node_set_workers(node, (unsigned)maxThreadNum + WORKERS_BASE) != VIA_OK)
        return OH_IPC_INNER_ERROR;
    return OH_IPC_SUCCESS;
}

int OH_IPCSkeleton_ResetCallingIdentity(char **identity, int32_t *len,
                                        OH_IPC_MemAllocator allocator)
{
    if (identity == NULL || len == NULL || allocator == NULL)
        return OH_IPC_CHECK_PARAM_ERROR;
    char text[IDENTITY_MAX + 1] = "";
    if (current != NULL) {
        write_identity(current, text);
        current->token = OH_IPCSkeleton_GetSelfTokenId();
        current->pid = (uint64_t)getpid();
        current->uid = getuid();
        current->local = true;
    }
    return remote_give_string(text, identity, len, allocator);
}

int OH_IPCSkeleton_SetCallingIdentity(const char *identity)
{
    if (identity == NULL)
        return OH_IPC_CHECK_PARAM_ERROR;
    if (current == NULL)
        return OH_IPC_SUCCESS;
    bool known = current->caller->remote ? read_remote_identity(identity, current)
                                         : read_local_identity(identity, current);
    return known ? OH_IPC_SUCCESS : OH_IPC_INNER_ERROR;
}

int OH_IPCSkeleton_IsHandlingTransaction(void)
{
    return current != NULL;
}
