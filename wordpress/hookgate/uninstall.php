<?php

/**
 * Leaves nothing of Hookgate behind, on any site of a network.
 */

declare(strict_types=1);

defined('WP_UNINSTALL_PLUGIN') || exit;

$hookgate_remove = static function (): void {
    global $wpdb;
    foreach (['secrets', 'pause', 'guard', 'skew', 'schema'] as $option) {
        delete_option("hookgate_{$option}");
    }
    wp_clear_scheduled_hook('hookgate_purge');
    $wpdb->query("DROP TABLE IF EXISTS {$wpdb->prefix}hookgate_deliveries");
};

if (is_multisite()) {
    foreach (get_sites(['fields' => 'ids', 'number' => 0]) as $hookgate_site) {
        switch_to_blog($hookgate_site);
        $hookgate_remove();
        restore_current_blog();
    }
} else {
    $hookgate_remove();
}
