/*
 * The audit on a disk that is full: the operator is told, and what is written when there is room
 * again can be read.
 */
#include <cmocka.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <unistd.h>

#include "bridge/log.h"
#include "gateway/audit.h"

static char told[1024];

static void keep(void *user, enum log_level level, const char *line)
{
    (void)user;
    (void)level;
    size_t size = strlen(told);
    (void)snprintf(told + size, sizeof told - size, "%s\n", line);
}

static int set_up(void **state)
{
    (void)state;
    told[0] = '\0';
    log_set_sink(keep, NULL, LOG_ERROR);
    return 0;
}

static unsigned count(const char *word)
{
    unsigned n = 0;
    for (const char *at = told; (at = strstr(at, word)) != NULL; at++)
        n++;
    return n;
}

static const struct principal who = {.address = "192.0.2.7:1", .identity = "alice"};

static void a_full_disk_is_told_once(void **state)
{
    (void)state;
    struct audit audit;
    assert_int_equal(audit_open(&audit, "/dev/full"), VIA_OK);
    for (unsigned i = 0; i < 3; i++)
        audit_refusal(&audit, &who, "find", "its mode");
    assert_int_equal(count("audit.lost"), 1);
    assert_int_equal(audit.n_lost, 3);
    audit_close(&audit);
}

static void what_a_full_disk_tore_harms_no_other_line(void **state)
{
    (void)state;
    char path[] = "/tmp/viaduct-audit-XXXXXX";
    char text[2048] = "";
    struct audit audit;
    struct rlimit all, least;
    int fd = mkstemp(path);
    assert_true(fd >= 0);
    assert_int_equal(audit_open(&audit, path), VIA_OK);
    (void)signal(SIGXFSZ, SIG_IGN);
    assert_int_equal(getrlimit(RLIMIT_FSIZE, &all), 0);
    least = (struct rlimit){.rlim_cur = 20, .rlim_max = all.rlim_max};
    assert_int_equal(setrlimit(RLIMIT_FSIZE, &least), 0);
    audit_refusal(&audit, &who, "find", "torn");
    audit_refusal(&audit, &who, "find", "lost");
    assert_int_equal(setrlimit(RLIMIT_FSIZE, &all), 0);
    audit_refusal(&audit, &who, "find", "whole");
    audit_close(&audit);

    assert_true(pread(fd, text, sizeof text - 1, 0) > 20);
    char *line = strchr(text, '\n');
    assert_non_null(line);
    assert_ptr_equal(line, text + 20);
    assert_int_equal(strncmp(line + 1, "{\"time\":", 8), 0);
    assert_non_null(strstr(line, "\"whole\"}\n"));
    assert_int_equal(count("audit.lost"), 1);
    assert_non_null(strstr(told, "audit.again n_lost=2"));
    (void)close(fd);
    (void)unlink(path);
}

/* Each octet of it takes six. */
static void the_longest_words_are_written(void **state)
{
    (void)state;
    struct audit audit;
    struct principal longest = who;
    char why[600];
    memset(longest.identity, 1, sizeof longest.identity - 1);
    memset(longest.address, 1, sizeof longest.address - 1);
    memset(why, 1, sizeof why - 1);
    why[sizeof why - 1] = '\0';
    assert_int_equal(audit_open(&audit, "/dev/null"), VIA_OK);
    audit_refusal(&audit, &longest, "find", why);
    assert_int_equal(audit.n_lost, 0);
    audit_close(&audit);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(a_full_disk_is_told_once, set_up),
        cmocka_unit_test_setup(what_a_full_disk_tore_harms_no_other_line, set_up),
        cmocka_unit_test_setup(the_longest_words_are_written, set_up),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
