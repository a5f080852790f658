<?php

declare(strict_types=1);

namespace Hookgate;

/**
 * Hands a delivery to the WunderAutomation workflow that its hook names, with the objects that are already resolved.
 */
final class Bridge
{
    private object $workflow;
    private Delivery $delivery;

    private function __construct(object $workflow, Delivery $delivery)
    {
        $this->workflow = $workflow;
        $this->delivery = $delivery;
    }

    /**
     * None without WunderAutomation, or without a workflow that the hook names.
     */
    public static function of(Delivery $delivery): ?self
    {
        if (!function_exists('wa_wa')) {
            return null;
        }
        $workflow = apply_filters('hookgate_wunderautomation_workflow', self::named($delivery->hook()), $delivery);
        return $workflow === null ? null : new self($workflow, $delivery);
    }

    /**
     * @throws EarlyAnswer if the workflow requires an object that the delivery does not have
     */
    public function run(): void
    {
        $this->workflow->executeSteps($this->resolver());
    }

    /**
     * The active workflow whose webhook code is the hook's id.
     */
    private static function named(string $hook): ?object
    {
        foreach (wa_wa()->getWorkflows() as $workflow) {
            if ($workflow->isActive() && (self::trigger($workflow)->code ?? null) === $hook) {
                return $workflow;
            }
        }
        return null;
    }

    /**
     * @return object an instance of WunderAutomation's resolver, filled as its own webhook trigger fills it
     */
    private function resolver(): object
    {
        $resolver = wa_wa()->createResolver([]);
        $resolver->addObject('webhook', 'webhook', $this->delivery->fields());
        foreach ($this->objects() as $name => [$kind, $object]) {
            $resolver->addObject($name, $kind, $object);
        }
        $resolver->maybeAddCurrentUser();
        return $resolver;
    }

    /**
     * The delivery's objects under the names that the workflow has for them. A delivery has one of each kind, so the
     * first name of a kind gets it.
     *
     * @return array<string, array{string, object}>
     */
    private function objects(): array
    {
        $objects = [];
        $given = [];
        foreach (self::trigger($this->workflow)->objects ?? [] as $wanted) {
            $kind = (string) $wanted->type;
            $object = in_array($kind, $given, true) ? null : $this->delivery->object($kind);
            if ($object !== null) {
                $given[] = $kind;
                $objects[(string) $wanted->name] = [$kind, $object];
            } elseif (!empty($wanted->required)) {
                throw new EarlyAnswer(Answer::objectsNotFound());
            }
        }
        return $objects;
    }

    private static function trigger(object $workflow): ?object
    {
        return $workflow->getState()->trigger->value ?? null;
    }
}
