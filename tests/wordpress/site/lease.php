<?php

/**
 * Plugin Name: A lease that a test can wait for
 */

add_filter('hookgate_lease', static function () {
    return HOOKGATE_TEST_LEASE;
});
