<?php

/**
 * Plugin Name:       Hookgate
 * Description:       Receives the deliveries of a Hookgate Worker: verified, claimed once, with their objects resolved.
 * Version:           0.1.0
 * Requires at least: 6.1
 * Requires PHP:      7.4
 * Author:            The Hookgate authors
 * License:           GPL-2.0-or-later
 * License URI:       https://www.gnu.org/licenses/gpl-2.0.html
 * Text Domain:       hookgate
 * Domain Path:       /languages
 */

declare(strict_types=1);

namespace Hookgate;

defined('ABSPATH') || exit;

spl_autoload_register(static function (string $class): void {
    if (strpos($class, __NAMESPACE__ . '\\') === 0) {
        $path = str_replace('\\', '/', substr($class, strlen(__NAMESPACE__) + 1));
        $file = __DIR__ . "/src/{$path}.php";
        // Whoever asks whether a class exists wants an answer.
        if (is_file($file)) {
            require $file;
        }
    }
});

Schema::register(__FILE__);
Purge::register(__FILE__);
Route::register();
Guard::register();
Admin\Page::register();
Admin\Actions::register();
Admin\Health::register();
