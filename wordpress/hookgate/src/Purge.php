<?php

declare(strict_types=1);

namespace Hookgate;

/**
 * Forgets old deliveries, once a day.
 */
final class Purge
{
    private const EVENT = 'hookgate_purge';
    /** Far longer than senders retry, and than a gate remembers what it delivered (72 hours unless told otherwise). */
    private const RETENTION = 30 * DAY_IN_SECONDS;
    private const SHORTEST_RETENTION = DAY_IN_SECONDS;

    public static function register(string $plugin): void
    {
        add_action('init', [self::class, 'schedule']);
        add_action(self::EVENT, [self::class, 'run']);
        register_deactivation_hook($plugin, [self::class, 'unschedule']);
    }

    public static function schedule(): void
    {
        if (!wp_installing() && !wp_next_scheduled(self::EVENT)) {
            wp_schedule_event(time() + DAY_IN_SECONDS, 'daily', self::EVENT);
        }
    }

    public static function run(): void
    {
        $seconds = (int) apply_filters('hookgate_retention', self::RETENTION);
        Deliveries::forget(time() - max(self::SHORTEST_RETENTION, $seconds));
    }

    public static function unschedule(bool $onAllSites): void
    {
        foreach ($onAllSites ? get_sites(['fields' => 'ids', 'number' => 0]) : [] as $site) {
            switch_to_blog($site);
            wp_clear_scheduled_hook(self::EVENT);
            restore_current_blog();
        }
        wp_clear_scheduled_hook(self::EVENT);
    }
}
