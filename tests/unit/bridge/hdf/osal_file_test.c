/*
 * Files, in a folder of the test's own.
 */
#include <cmocka.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "include/hdf/osal_file.h"

static char folder[] = "/tmp/osal_file.XXXXXX";
static char path[64];

static int begin(void **state)
{
    (void)state;
    if (mkdtemp(folder) == NULL)
        return -1;
    (void)snprintf(path, sizeof path, "%s/file", folder);
    return 0;
}

static int end(void **state)
{
    (void)state;
    (void)unlink(path);
    return rmdir(folder);
}

static void what_is_written_is_read(void **state)
{
    (void)state;
    OSAL_DECLARE_FILE(file);
    (void)umask(0);
    uint32_t rights = OSAL_S_IREAD | OSAL_S_IWRITE | OSAL_S_IRGRP;
    assert_int_equal(OsalFileOpen(&file, path, OSAL_O_RDWR | O_CREAT | O_EXCL, rights),
                     HDF_SUCCESS);
    struct stat status;
    assert_int_equal(stat(path, &status), 0);
    assert_int_equal(status.st_mode & 0777, 0640);
    assert_int_equal(OsalFileWrite(&file, "hello", 5), 5);
    assert_int_equal(OsalFileWrite(&file, "", 0), 0);
    assert_int_equal(OsalFileLseek(&file, 1, OSAL_SEEK_SET), 1);
    char text[8] = "";
    assert_int_equal(OsalFileRead(&file, text, 2), 2);
    assert_string_equal(text, "el");
    assert_int_equal(OsalFileLseek(&file, -1, OSAL_SEEK_CUR), 2);
    assert_int_equal(OsalFileLseek(&file, -1, OSAL_SEEK_END), 4);
    assert_int_equal(OsalFileRead(&file, text, sizeof text), 1);
    assert_int_equal(text[0], 'o');
    assert_int_equal(OsalFileRead(&file, text, sizeof text), 0);
    OsalFileClose(&file);
    assert_null(file.realFile);
    OsalFileClose(&file);
}

static void errors_are_told(void **state)
{
    (void)state;
    OsalFile file = {&file};
    assert_int_equal(OsalFileOpen(&file, folder, OSAL_O_RDWR, 0), HDF_FAILURE);
    assert_int_equal(errno, EISDIR);
    assert_null(file.realFile);
    assert_int_equal(OsalFileOpen(&file, path, OSAL_O_RD_ONLY, 0), HDF_SUCCESS);
    assert_int_equal(OsalFileWrite(&file, "x", 1), HDF_FAILURE);
    assert_int_equal(OsalFileLseek(&file, -1, OSAL_SEEK_SET), HDF_FAILURE);
    assert_int_equal(OsalFileLseek(&file, 0, 99), HDF_FAILURE);
    OsalFileClose(&file);
    char text[8];
    assert_int_equal(OsalFileOpen(&file, path, OSAL_O_WR_ONLY, 0), HDF_SUCCESS);
    assert_int_equal(OsalFileRead(&file, text, 1), HDF_FAILURE);
    OsalFileClose(&file);
}

static void what_is_none_is_refused(void **state)
{
    (void)state;
    OsalFile none = {NULL};
    char text[8];
    assert_int_equal(OsalFileOpen(NULL, path, OSAL_O_RD_ONLY, 0), HDF_ERR_INVALID_PARAM);
    assert_int_equal(OsalFileOpen(&none, NULL, OSAL_O_RD_ONLY, 0), HDF_ERR_INVALID_PARAM);
    OsalFile *const absent[] = {NULL, &none};
    for (size_t i = 0; i < 2; i++) {
        assert_int_equal(OsalFileWrite(absent[i], "x", 1), HDF_ERR_INVALID_PARAM);
        assert_int_equal(OsalFileRead(absent[i], text, 1), HDF_ERR_INVALID_PARAM);
        assert_int_equal(OsalFileLseek(absent[i], 0, OSAL_SEEK_SET), HDF_ERR_INVALID_PARAM);
        OsalFileClose(absent[i]);
    }
    OsalFile file;
    assert_int_equal(OsalFileOpen(&file, path, OSAL_O_RDWR, 0), HDF_SUCCESS);
    assert_int_equal(OsalFileWrite(&file, NULL, 1), HDF_ERR_INVALID_PARAM);
    assert_int_equal(OsalFileRead(&file, NULL, 1), HDF_ERR_INVALID_PARAM);
    OsalFileClose(&file);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_is_written_is_read),
        cmocka_unit_test(errors_are_told),
        cmocka_unit_test(what_is_none_is_refused),
    };
    return cmocka_run_group_tests(tests, begin, end);
}
