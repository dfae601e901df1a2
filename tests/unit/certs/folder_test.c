/*
 * Folders: what may be opened, and that files appear in them whole, with their modes.
 */
#include "certs/folder.h"
#include "tests/unit/certs/place.h"

static struct place place;
static struct fault fault;

static int make(void **state)
{
    (void)state;
    place_make(&place);
    fault = (struct fault){.text = ""};
    return 0;
}

static int clean(void **state)
{
    (void)state;
    place_remove(&place);
    return 0;
}

static void is_made_for_its_owner_alone(void **state)
{
    (void)state;
    char inner[96];
    struct folder folder;
    (void)snprintf(inner, sizeof inner, "%s/inner", place.path);
    assert_int_equal(folder_open(&folder, inner, FOLDER_THERE, &fault), VIA_NOT_FOUND);
    mode_t before = umask(0);
    assert_int_equal(folder_open(&folder, inner, FOLDER_MADE, &fault), VIA_OK);
    (void)umask(before);
    assert_int_equal(place_mode(&place, "inner"), 0700);
    assert_true(folder_is_empty(&folder));
    folder_close(&folder);
    assert_int_equal(folder_open(&folder, inner, FOLDER_THERE, &fault), VIA_OK);
    folder_close(&folder);
}

static void others_may_not_write_in_it(void **state)
{
    (void)state;
    struct folder folder;
    static const mode_t modes[] = {0770, 0707, 01777};
    for (size_t i = 0; i < sizeof modes / sizeof modes[0]; i++) {
        assert_int_equal(chmod(place.path, modes[i]), 0);
        assert_int_equal(folder_open(&folder, place.path, FOLDER_MADE, &fault), VIA_DENIED);
        assert_non_null(strstr(fault.text, "others may write in"));
    }
    assert_int_equal(chmod(place.path, 0755), 0);
    assert_int_equal(folder_open(&folder, place.path, FOLDER_MADE, &fault), VIA_OK);
    assert_int_equal(folder_shut(&folder, &fault), VIA_OK);
    assert_int_equal(place_mode(&place, "."), 0700);
    folder_close(&folder);
}

static void a_file_is_no_folder(void **state)
{
    (void)state;
    struct folder folder;
    assert_int_equal(folder_open(&folder, "/dev/null", FOLDER_MADE, &fault), VIA_IO);
    assert_non_null(strstr(fault.text, "/dev/null"));
}

static void files_have_the_mode_they_were_given(void **state)
{
    (void)state;
    struct folder folder;
    char *text = NULL;
    size_t size = 0;
    assert_int_equal(folder_open(&folder, place.path, FOLDER_THERE, &fault), VIA_OK);
    mode_t before = umask(0);
    assert_int_equal(folder_write(&folder, "key", 0600, "one", &fault), VIA_OK);
    (void)umask(0777);
    assert_int_equal(folder_write(&folder, "open", 0644, "", &fault), VIA_OK);
    assert_int_equal(folder_write(&folder, "key", 0600, "two", &fault), VIA_OK);
    (void)umask(before);
    assert_int_equal(place_mode(&place, "key"), 0600);
    assert_int_equal(place_mode(&place, "open"), 0644);
    assert_false(folder_is_empty(&folder));

    assert_int_equal(folder_read(&folder, "key", &text, &size, &fault), VIA_OK);
    assert_int_equal(size, 3);
    assert_string_equal(text, "two");
    free(text);
    assert_int_equal(folder_read(&folder, "open", &text, &size, &fault), VIA_OK);
    assert_int_equal(size, 0);
    free(text);
    folder_close(&folder);
}

static void what_a_killed_program_left_is_in_nobodys_way(void **state)
{
    (void)state;
    struct folder folder;
    assert_int_equal(folder_open(&folder, place.path, FOLDER_THERE, &fault), VIA_OK);
    int left = openat(folder.fd, ".key.new", O_WRONLY | O_CREAT | O_CLOEXEC, 0644);
    assert_true(left >= 0);
    assert_int_equal(close(left), 0);
    assert_int_equal(folder_write(&folder, "key", 0600, "whole", &fault), VIA_OK);
    assert_int_equal(place_mode(&place, "key"), 0600);
    assert_false(folder_has(&folder, ".key.new"));
    folder_close(&folder);
}

static void an_error_leaves_what_was_there(void **state)
{
    (void)state;
    struct folder folder;
    assert_int_equal(folder_open(&folder, place.path, FOLDER_THERE, &fault), VIA_OK);
    assert_int_equal(mkdirat(folder.fd, "taken", 0700), 0);
    assert_int_equal(folder_write(&folder, "taken", 0600, "x", &fault), VIA_IO);
    assert_false(folder_has(&folder, ".taken.new"));
    char *text = NULL;
    size_t size = 0;
    assert_int_equal(folder_read(&folder, "taken", &text, &size, &fault), VIA_TOO_LARGE);
    assert_int_equal(folder_read(&folder, "absent", &text, &size, &fault), VIA_NOT_FOUND);
    folder_close(&folder);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(is_made_for_its_owner_alone, make, clean),
        cmocka_unit_test_setup_teardown(others_may_not_write_in_it, make, clean),
        cmocka_unit_test_setup_teardown(a_file_is_no_folder, make, clean),
        cmocka_unit_test_setup_teardown(files_have_the_mode_they_were_given, make, clean),
        cmocka_unit_test_setup_teardown(what_a_killed_program_left_is_in_nobodys_way, make, clean),
        cmocka_unit_test_setup_teardown(an_error_leaves_what_was_there, make, clean),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
