<?php

// Required by run.php with WP_INSTALLING set: makes the tables and the administrator.

require_once ABSPATH . 'wp-admin/includes/upgrade.php';
wp_install('Hookgate', 'admin', 'admin@example.com', true, '', HOOKGATE_ADMIN_PASSWORD);
update_option('permalink_structure', '/%postname%/');
flush_rewrite_rules();
// A browser would ask for pictures elsewhere, and try out compression.
update_option('show_avatars', 0);
update_site_option('can_compress_scripts', 0);

return $GLOBALS['wp_version'];
