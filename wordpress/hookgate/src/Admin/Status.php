<?php

declare(strict_types=1);

namespace Hookgate\Admin;

use Hookgate\Guard;
use stdClass;

/**
 * The page's first section: can a delivery arrive, and when did the last one?
 */
final class Status
{
    private const ICONS = [
        Finding::GOOD => 'yes-alt',
        Finding::RECOMMENDED => 'warning',
        Finding::CRITICAL => 'dismiss',
    ];

    /**
     * @param list<stdClass>|null $rows
     */
    public static function render(?array $rows): void
    {
        ?>
        <h2><?php esc_html_e('Status', 'hookgate'); ?></h2>
        <table class="widefat striped">
            <caption class="screen-reader-text"><?php esc_html_e('Status', 'hookgate'); ?></caption>
            <tbody>
            <?php
            foreach (Setup::findings($rows) as $finding) {
                self::row($finding->subject, self::judged($finding));
            }
            self::row(__('Guard', 'hookgate'), esc_html(self::guard()));
            self::row(__('Last delivery', 'hookgate'), self::lastDelivery($rows));
            self::row(__('Address', 'hookgate'), '<code>' . esc_html(rest_url('hookgate/v1/deliveries')) . '</code>');
            ?>
            </tbody>
        </table>
        <?php
    }

    private static function row(string $subject, string $html): void
    {
        printf('<tr><th scope="row">%s</th><td>%s</td></tr>', esc_html($subject), $html);
    }

    private static function judged(Finding $finding): string
    {
        $levels = [
            Finding::GOOD => __('Good:', 'hookgate'),
            Finding::RECOMMENDED => __('Look at this:', 'hookgate'),
            Finding::CRITICAL => __('Critical:', 'hookgate'),
        ];
        return sprintf(
            '<span class="dashicons dashicons-%s" aria-hidden="true"></span> <strong%s>%s</strong> %s',
            self::ICONS[$finding->level],
            $finding->level === Finding::GOOD ? ' class="screen-reader-text"' : '',
            esc_html($levels[$finding->level]),
            esc_html($finding->text)
        );
    }

    private static function guard(): string
    {
        return Guard::isOn()
            ? __('On: WunderAutomation’s URL takes only what the gate has signed.', 'hookgate')
            : __('Off.', 'hookgate');
    }

    /**
     * @param list<stdClass>|null $rows
     */
    private static function lastDelivery(?array $rows): string
    {
        if ($rows === null) {
            return esc_html__('Unknown.', 'hookgate');
        }
        if ($rows === []) {
            return esc_html__('None yet.', 'hookgate');
        }
        return Moment::html($rows[0]->started) . ' – ' . esc_html(Attempts::outcome($rows[0]));
    }
}
