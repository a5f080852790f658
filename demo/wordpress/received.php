<?php

/**
 * Plugin Name: What left the gate
 *
 * Notes the body of each request to the connector in the file `received` of the site's folder, for the story to show.
 */

add_filter('rest_pre_dispatch', static function ($answer, $server, WP_REST_Request $request) {
    if ($request->get_route() === '/hookgate/v1/deliveries') {
        file_put_contents(getenv('HOOKGATE_SITE') . '/received', $request->get_body() . "\n", FILE_APPEND | LOCK_EX);
    }

    return $answer;
}, 10, 3);
