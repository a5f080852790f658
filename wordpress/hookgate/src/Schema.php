<?php

declare(strict_types=1);

namespace Hookgate;

/**
 * Creates the table of deliveries where it is missing. A must-use plugin is never activated, so whatever needs the
 * table looks whether it has the version of this code; a visitor's page does not.
 */
final class Schema
{
    private const VERSION = 1;
    private const OPTION = 'hookgate_schema';

    public static function register(string $plugin): void
    {
        add_action('admin_init', [self::class, 'ensure']);
        add_action('rest_api_init', [self::class, 'ensure']);
        // Activation also brings back a table that was lost.
        register_activation_hook($plugin, [self::class, 'create']);
    }

    public static function ensure(): void
    {
        if (!wp_installing() && (int) get_option(self::OPTION) !== self::VERSION) {
            self::create();
        }
    }

    public static function create(): void
    {
        global $wpdb;
        require_once ABSPATH . 'wp-admin/includes/upgrade.php';
        // Of two requests that both find no table, one creates it and the other fails.
        $suppressed = $wpdb->suppress_errors();
        dbDelta(self::sql());
        $exists = Deliveries::recent(1) !== null;
        $wpdb->suppress_errors($suppressed);
        if ($exists) {
            update_option(self::OPTION, self::VERSION);
        }
    }

    private static function sql(): string
    {
        // dbDelta() wants two spaces after PRIMARY KEY, a line for each column, and integers as MariaDB shows them.
        return 'CREATE TABLE ' . Deliveries::table() . ' (
            delivery char(64) NOT NULL,
            attempt smallint(6) NOT NULL,
            hook varchar(64) NOT NULL,
            state varchar(12) NOT NULL,
            objects varchar(255) NOT NULL,
            status smallint(6) NOT NULL,
            answer text NOT NULL,
            started bigint(20) NOT NULL,
            lease bigint(20) NOT NULL,
            ended bigint(20) NOT NULL,
            skew int(11) NOT NULL,
            PRIMARY KEY  (delivery, attempt),
            KEY started (started)
        ) ' . $GLOBALS['wpdb']->get_charset_collate();
    }
}
