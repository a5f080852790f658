<?php

declare(strict_types=1);

namespace Hookgate;

/**
 * What a site does with its deliveries: a workflow of WunderAutomation, and the callbacks of two actions.
 */
final class Workflow
{
    /**
     * @throws EarlyAnswer if the site has nothing to do with the delivery: to accept it would be to lose it
     */
    public static function run(Delivery $delivery): void
    {
        $actions = ['hookgate_delivery', "hookgate_delivery_{$delivery->hook()}"];
        $bridge = Bridge::of($delivery);
        if ($bridge === null && array_filter($actions, 'has_action') === []) {
            throw new EarlyAnswer(Answer::noWorkflow());
        }
        if ($bridge !== null) {
            $bridge->run();
        }
        foreach ($actions as $action) {
            do_action($action, $delivery);
        }
    }
}
