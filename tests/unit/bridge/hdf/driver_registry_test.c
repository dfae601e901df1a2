/*
 * Drivers by name: those that register, those in files, and files that are none.
 */
#include <cmocka.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "bridge/hdf/driver_registry.h"
#include "include/hdf/hdf_base.h"
#include "include/hdf/hdf_driver.h"

static const struct HdfDriverEntry one = {.moduleName = "one"}, another = {.moduleName = "one"};
static const struct HdfDriverEntry two = {.moduleName = "two"}, nameless;

static void drivers_are_found_by_their_names(void **state)
{
    (void)state;
    assert_null(driver_find("one", NULL));
    assert_int_equal(HdfRegisterDriverEntry(&one), HDF_SUCCESS);
    assert_int_equal(HdfRegisterDriverEntry(&two), HDF_SUCCESS);
    assert_ptr_equal(driver_find("one", NULL), &one);
    assert_ptr_equal(driver_find("two", NULL), &two);
    assert_null(driver_find("on", NULL));
    assert_null(driver_find("", NULL));
    assert_int_equal(HdfUnregisterDriverEntry(&one), HDF_SUCCESS);
    assert_null(driver_find("one", NULL));
    assert_ptr_equal(driver_find("two", NULL), &two);
    assert_int_equal(HdfUnregisterDriverEntry(&one), HDF_SUCCESS);
    assert_int_equal(HdfUnregisterDriverEntry(&two), HDF_SUCCESS);
}

static void the_newest_of_one_name_is_taken(void **state)
{
    (void)state;
    assert_int_equal(HdfRegisterDriverEntry(&one), HDF_SUCCESS);
    assert_int_equal(HdfRegisterDriverEntry(&another), HDF_SUCCESS);
    assert_ptr_equal(driver_find("one", NULL), &another);
    assert_int_equal(HdfUnregisterDriverEntry(&another), HDF_SUCCESS);
    assert_ptr_equal(driver_find("one", NULL), &one);
    assert_int_equal(HdfUnregisterDriverEntry(&one), HDF_SUCCESS);
}

static void what_is_none_is_not_registered(void **state)
{
    (void)state;
    assert_int_equal(HdfRegisterDriverEntry(NULL), HDF_ERR_INVALID_OBJECT);
    assert_int_equal(HdfRegisterDriverEntry(&nameless), HDF_ERR_INVALID_OBJECT);
    assert_int_equal(HdfUnregisterDriverEntry(NULL), HDF_ERR_INVALID_OBJECT);
}

static void files_that_are_none_are_no_drivers(void **state)
{
    (void)state;
    char folder[] = "/tmp/viaduct-drivers-XXXXXX", path[64], name[5000];
    assert_non_null(mkdtemp(folder));
    (void)snprintf(path, sizeof path, "%s/libjunk.so", folder);
    FILE *file = fopen(path, "we");
    assert_non_null(file);
    (void)fputs("\177ELF junk", file);
    assert_int_equal(fclose(file), 0);
    memset(name, 'n', sizeof name);
    name[sizeof name - 1] = '\0';

    assert_null(driver_find("junk", folder));
    assert_null(driver_find("absent", folder));
    assert_null(driver_find("../junk", folder));
    assert_null(driver_find("", folder));
    assert_null(driver_find("..", folder));
    assert_null(driver_find(name, folder));
    assert_null(driver_find("junk", "/nowhere"));
    assert_int_equal(HdfRegisterDriverEntry(&one), HDF_SUCCESS);
    assert_ptr_equal(driver_find("one", folder), &one); /* without a file */
    assert_int_equal(HdfUnregisterDriverEntry(&one), HDF_SUCCESS);
    assert_int_equal(unlink(path), 0);
    assert_int_equal(rmdir(folder), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(drivers_are_found_by_their_names),
        cmocka_unit_test(the_newest_of_one_name_is_taken),
        cmocka_unit_test(what_is_none_is_not_registered),
        cmocka_unit_test(files_that_are_none_are_no_drivers),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
