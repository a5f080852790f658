<?php

/**
 * Plugin Name: A workflow for tests
 *
 * Notes each run in the file `runs` of the site's folder, one line of JSON, then does what the delivery's fields ask.
 */

use Hookgate\Delivery;

add_action('hookgate_delivery', static function (Delivery $delivery) {
    $objects = array_filter([
        'post' => $delivery->post() ? $delivery->post()->ID : null,
        'user' => $delivery->user() ? $delivery->user()->ID : null,
        'comment' => $delivery->comment() ? (int) $delivery->comment()->comment_ID : null,
        'order' => $delivery->order() ? $delivery->order()->get_id() : null,
    ]);
    $run = json_encode([
        'hook' => $delivery->hook(),
        'reference' => $delivery->reference(),
        'id' => $delivery->id(),
        'attempt' => $delivery->attempt(),
        'objects' => (object) $objects,
        'fields' => $delivery->fields(),
        'pid' => getmypid(),
    ], JSON_THROW_ON_ERROR);
    file_put_contents(getenv('HOOKGATE_SITE') . '/runs', "$run\n", FILE_APPEND | LOCK_EX);

    switch ($delivery->field('/do')) {
        case 'throw':
            throw new RuntimeException('The workflow threw, as it was asked to.');
        case 'exit':
            exit;
        case 'fatal':
            call_a_function_that_is_not_there();
            break;
        case 'sleep':
            usleep((int) ($delivery->field('/seconds') * 1000000));
            break;
        case 'wait':
            wait_for_file($delivery->field('/file'));
            break;
    }
});

function wait_for_file(string $file): void
{
    for ($tries = 0; $tries < 3000 && !file_exists($file); $tries++) {
        usleep(10000);
        clearstatcache();
    }
}
