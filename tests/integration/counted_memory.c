/*
 * One number for each kind, added to from whatever thread. A sanitizer has the compiler put its own
 * function in memcpy's place, so copies are counted without one alone.
 */
#include "tests/integration/counted_memory.h"

#include <pthread.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

static const struct gateway_thread *_Atomic its;
static atomic_uint by_gateway, allocations, copies;

static bool is_gateways(void)
{
    const struct gateway_thread *gateway = atomic_load_explicit(&its, memory_order_relaxed);
    return gateway != NULL && pthread_equal(pthread_self(), gateway->thread);
}

static void count_allocation(void)
{
    (void)atomic_fetch_add_explicit(is_gateways() ? &by_gateway : &allocations, 1,
                                    memory_order_relaxed);
}

static void count_copy(size_t size)
{
    if (size >= COUNTED_COPY_LEAST && !is_gateways())
        (void)atomic_fetch_add_explicit(&copies, 1, memory_order_relaxed);
}

/* NOLINTBEGIN(bugprone-reserved-identifier,cert-dcl37-c,cert-dcl51-cpp): the linker's own names */
void *__real_malloc(size_t size);
void *__real_calloc(size_t n, size_t size);
void *__real_realloc(void *octets, size_t size);
void *__real_memcpy(void *to, const void *from, size_t size);
void *__real_memmove(void *to, const void *from, size_t size);
void *__wrap_malloc(size_t size);
void *__wrap_calloc(size_t n, size_t size);
void *__wrap_realloc(void *octets, size_t size);
void *__wrap_memcpy(void *to, const void *from, size_t size);
void *__wrap_memmove(void *to, const void *from, size_t size);

void *__wrap_malloc(size_t size)
{
    count_allocation();
    return __real_malloc(size);
}

void *__wrap_calloc(size_t n, size_t size)
{
    count_allocation();
    return __real_calloc(n, size);
}

void *__wrap_realloc(void *octets, size_t size)
{
    count_allocation();
    return __real_realloc(octets, size);
}

void *__wrap_memcpy(void *to, const void *from, size_t size)
{
    count_copy(size);
    return __real_memcpy(to, from, size);
}

void *__wrap_memmove(void *to, const void *from, size_t size)
{
    count_copy(size);
    return __real_memmove(to, from, size);
}

/* NOLINTEND(bugprone-reserved-identifier,cert-dcl37-c,cert-dcl51-cpp): the linker's own names */

void counted_memory_tell_apart(const struct gateway_thread *gateway)
{
    atomic_store(&its, gateway);
}

struct counted_memory counted_memory_now(void)
{
    return (struct counted_memory){.by_gateway = atomic_load(&by_gateway),
                                   .allocations = atomic_load(&allocations),
                                   .copies = atomic_load(&copies)};
}

struct counted_memory counted_memory_between(const struct counted_memory *before,
                                             const struct counted_memory *after)
{
    return (struct counted_memory){.by_gateway = after->by_gateway - before->by_gateway,
                                   .allocations = after->allocations - before->allocations,
                                   .copies = after->copies - before->copies};
}
