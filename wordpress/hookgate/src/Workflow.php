<?php

declare(strict_types=1);

namespace Hookgate;

/**
 * What a site does with its deliveries: the callbacks of two actions.
 */
final class Workflow
{
    public static function run(Delivery $delivery): void
    {
        do_action('hookgate_delivery', $delivery);
        do_action("hookgate_delivery_{$delivery->hook()}", $delivery);
    }
}
