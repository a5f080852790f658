<?php

declare(strict_types=1);

namespace Hookgate\Admin;

/**
 * Tools → Hookgate: the set-up's health, the pause, the secrets, a setting, and the last attempts.
 */
final class Page
{
    public const SLUG = 'hookgate';
    public const CAPABILITY = 'manage_options';
    private const ROOT = __DIR__ . '/../..';

    public static function register(): void
    {
        add_action('init', [self::class, 'loadTranslations']);
        add_action('admin_menu', [self::class, 'addToMenu']);
        $plugin = plugin_basename(realpath(self::ROOT) . '/hookgate.php');
        add_filter("plugin_action_links_{$plugin}", [self::class, 'addActionLink']);
    }

    /**
     * From the plugin's own folder, wherever it is: plugins and must-use plugins have different functions for that.
     */
    public static function loadTranslations(): void
    {
        load_textdomain('hookgate', self::ROOT . '/languages/hookgate-' . determine_locale() . '.mo');
    }

    public static function addToMenu(): void
    {
        $title = __('Hookgate', 'hookgate');
        $screen = add_management_page($title, $title, self::CAPABILITY, self::SLUG, [self::class, 'render']);
        add_action("load-{$screen}", [Actions::class, 'createSecretIfAsked']);
    }

    /**
     * @param array<string, string> $links
     * @return array<string, string>
     */
    public static function addActionLink(array $links): array
    {
        $link = sprintf('<a href="%s">%s</a>', esc_url(self::url()), esc_html__('Deliveries and settings', 'hookgate'));
        return ['hookgate' => $link] + $links;
    }

    public static function url(): string
    {
        return admin_url('tools.php?page=' . self::SLUG);
    }

    public static function render(): void
    {
        $rows = Attempts::newest();
        echo '<div class="wrap"><h1>', esc_html__('Hookgate', 'hookgate'), '</h1>';
        Notice::render();
        Status::render($rows);
        Forms::pause();
        Forms::secrets();
        Forms::guard();
        Attempts::render($rows);
        echo '</div>';
    }
}
