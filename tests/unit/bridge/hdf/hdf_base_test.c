/*
 * The numbers that programs were compiled with elsewhere: they may not change.
 */
#include <cmocka.h>

#include "include/hdf/hdf_base.h"
#include "include/hdf/hdf_device_class.h"
#include "include/hdf/hdf_object.h"
#include "include/hdf/osal_file.h"
#include "include/hdf/osal_sem.h"
#include "include/hdf/osal_thread.h"

static void statuses_have_their_numbers(void **state)
{
    (void)state;
    static const struct {
        int status, number;
    } all[] = {
        {HDF_SUCCESS, 0},
        {HDF_FAILURE, -1},
        {HDF_ERR_NOT_SUPPORT, -2},
        {HDF_ERR_INVALID_PARAM, -3},
        {HDF_ERR_INVALID_OBJECT, -4},
        {HDF_ERR_MALLOC_FAIL, -6},
        {HDF_ERR_TIMEOUT, -7},
        {HDF_ERR_THREAD_CREATE_FAIL, -10},
        {HDF_ERR_QUEUE_FULL, -15},
        {HDF_ERR_DEVICE_BUSY, -16},
        {HDF_ERR_IO, -17},
        {HDF_ERR_BAD_FD, -18},
        {HDF_ERR_NOPERM, -19},
        {HDF_ERR_OUT_OF_RANGE, -20},
        {HDF_BSP_ERR_OP, -101},
        {HDF_ERR_BSP_PLT_API_ERR, -102},
        {HDF_PAL_ERR_DEV_CREATE, -103},
        {HDF_PAL_ERR_INNER, -104},
        {HDF_DEV_ERR_NO_MEMORY, -201},
        {HDF_DEV_ERR_NO_DEVICE, -202},
        {HDF_DEV_ERR_NO_DEVICE_SERVICE, -203},
        {HDF_DEV_ERR_DEV_INIT_FAIL, -204},
        {HDF_DEV_ERR_PUBLISH_FAIL, -205},
        {HDF_DEV_ERR_ATTACHDEV_FAIL, -206},
        {HDF_DEV_ERR_NODATA, -207},
        {HDF_DEV_ERR_NORANGE, -208},
        {HDF_DEV_ERR_OP, -210},
        {HDF_DEV_ERR_NETDOWN, -211},
    };
    for (size_t i = 0; i < HDF_ARRAY_SIZE(all); i++)
        assert_int_equal(all[i].status, all[i].number);
    assert_int_equal(HDF_BSP_ERR_START, -100);
    assert_int_equal(HDF_BSP_ERR_NUM(-5), -105);
    assert_int_equal(HDF_DEV_ERR_START, -200);
    assert_int_equal(HDF_DEV_ERR_NUM(-9), -209);
}

static void constants_have_their_values(void **state)
{
    (void)state;
    assert_true(HDF_WAIT_FOREVER == UINT32_MAX);
    assert_true(OSAL_WAIT_FOREVER == HDF_WAIT_FOREVER);
    assert_int_equal(HDF_KILO_UNIT, 1000);
    assert_int_equal(OSAL_S_IREAD, 256);
    assert_int_equal(OSAL_S_IREAD | OSAL_S_IWRITE | OSAL_S_IRGRP | OSAL_S_IWGRP | OSAL_S_IROTH |
                         OSAL_S_IWOTH,
                     0666);
    assert_int_equal(OSAL_THREAD_PRI_LOW, 0);
    assert_int_equal(OSAL_THREAD_PRI_DEFAULT, 1);
    assert_int_equal(OSAL_THREAD_PRI_HIGH, 2);
    assert_int_equal(OSAL_THREAD_PRI_HIGHEST, 3);
    assert_int_equal(sizeof(struct HdfObject), 4);
}

static void classes_are_bits(void **state)
{
    (void)state;
    static const DeviceClass classes[] = {
        DEVICE_CLASS_DEFAULT,  DEVICE_CLASS_PLAT,        DEVICE_CLASS_SENSOR, DEVICE_CLASS_INPUT,
        DEVICE_CLASS_DISPLAY,  DEVICE_CLASS_AUDIO,       DEVICE_CLASS_CAMERA, DEVICE_CLASS_USB,
        DEVICE_CLASS_USERAUTH, DEVICE_CLASS_HIMEDIACOMM, DEVICE_CLASS_MAX};
    for (unsigned i = 0; i < HDF_ARRAY_SIZE(classes); i++)
        assert_int_equal(classes[i], 1u << i);
    assert_int_equal(DEVICE_CLASS_MAX, 0x400);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(statuses_have_their_numbers),
        cmocka_unit_test(constants_have_their_values),
        cmocka_unit_test(classes_are_bits),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
