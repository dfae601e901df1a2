/*
 * The linker turns each call of malloc() into one of __wrap_malloc(), and __real_malloc() into
 * malloc(): those names are its own.
 */
#include "tests/unit/bridge/scarce_memory.h"

#include <cmocka.h>
#include <stdlib.h>

/* NOLINTBEGIN(bugprone-reserved-identifier,cert-dcl37-c,cert-dcl51-cpp): the linker's names */
void *__real_malloc(size_t size);
void *__real_calloc(size_t n, size_t size);
void *__real_realloc(void *piece, size_t size);
void __real_free(void *piece);
void *__wrap_malloc(size_t size);
void *__wrap_calloc(size_t n, size_t size);
void *__wrap_realloc(void *piece, size_t size);
void __wrap_free(void *piece);
/* NOLINTEND(bugprone-reserved-identifier,cert-dcl37-c,cert-dcl51-cpp) */

static size_t n_asked, n_live, fail_at = MEMORY_ENOUGH;
static int fails_on;

void memory_fail(size_t n, int is_lasting)
{
    fail_at = n;
    fails_on = is_lasting;
    n_asked = 0;
}

size_t memory_n_asked(void)
{
    return n_asked;
}

size_t memory_n_live(void)
{
    return n_live;
}

static int is_refused(void)
{
    size_t n = n_asked++;
    return n == fail_at || (fails_on && n > fail_at);
}

static void *count(void *piece)
{
    n_live += piece != NULL;
    return piece;
}

void *__wrap_malloc(size_t size)
{
    return is_refused() ? NULL : count(__real_malloc(size));
}

void *__wrap_calloc(size_t n, size_t size)
{
    return is_refused() ? NULL : count(__real_calloc(n, size));
}

void *__wrap_realloc(void *piece, size_t size)
{
    if (is_refused())
        return NULL;
    void *moved = __real_realloc(piece, size);
    n_live += piece == NULL && moved != NULL;
    return moved;
}

void __wrap_free(void *piece)
{
    n_live -= piece != NULL;
    __real_free(piece);
}

/* Whether there was a request @n to fail. */
static int run_out(enum via_status (*scenario)(void), size_t n, int is_lasting)
{
    size_t live = memory_n_live();
    memory_fail(n, is_lasting);
    enum via_status status = scenario();
    int was_there = memory_n_asked() > n;
    memory_fail(MEMORY_ENOUGH, 0);
    if (status != VIA_OK && (!was_there || status != VIA_NO_MEMORY))
        fail_msg("request %zu: %s", n, via_status_name(status));
    if (memory_n_live() != live)
        fail_msg("request %zu: %zu pieces are left", n, memory_n_live() - live);
    return was_there;
}

size_t memory_fail_each(enum via_status (*scenario)(void))
{
    size_t n = 0;
    while (run_out(scenario, n, 0))
        n++;
    for (size_t k = 0; k < n; k++)
        (void)run_out(scenario, k, 1);
    return n;
}
