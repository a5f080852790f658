<?php

// WordPress' database drop-in for SQLite: the plugin's own, except that prepare() is WordPress'. The plugin's reads a
// property which wpdb has only since WordPress 6.2.

require_once SQLITE_PLUGIN . '/wp-includes/database/version.php';
require_once SQLITE_PLUGIN . '/constants.php';
require_once SQLITE_PLUGIN . '/wp-includes/database/load.php';
require_once SQLITE_PLUGIN . '/wp-includes/sqlite/class-wp-sqlite-db.php';
require_once SQLITE_PLUGIN . '/wp-includes/sqlite/install-functions.php';

$GLOBALS['wpdb'] = new class (DB_NAME) extends WP_SQLite_DB {
    public function prepare($query, ...$args)
    {
        return wpdb::prepare($query, ...$args);
    }
};
