<?php

// What a private site must not do: ask for updates, send mail, ask another database.

add_filter('pre_wp_mail', '__return_true');

foreach (['core', 'plugins', 'themes'] as $kind) {
    remove_action('admin_init', "_maybe_update_$kind");
    add_filter("pre_site_transient_update_$kind", static function () {
        return (object) ['last_checked' => time(), 'updates' => [], 'response' => []];
    });
}

// This check of Site Health calls MySQL's own client.
if (defined('DB_ENGINE') && DB_ENGINE === 'sqlite') {
    add_filter('site_status_tests', static function (array $tests) {
        unset($tests['direct']['utf8mb4_support']);

        return $tests;
    });
}
