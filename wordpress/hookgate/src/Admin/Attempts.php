<?php

declare(strict_types=1);

namespace Hookgate\Admin;

use Hookgate\Deliveries;
use Hookgate\Delivery;
use Hookgate\Schema;
use stdClass;

/**
 * The last attempts, one row each: a delivery that was tried twice has two.
 */
final class Attempts
{
    private const SHOWN = 100;
    private const SETTLED = [Deliveries::DONE, Deliveries::FAILED, Deliveries::REFUSED];

    /**
     * Newest first; null if the database does not say. A table that was lost comes back when somebody looks.
     *
     * @return list<stdClass>|null
     */
    public static function newest(): ?array
    {
        $rows = Deliveries::recent(self::SHOWN);
        if ($rows === null) {
            Schema::create();
            $rows = Deliveries::recent(self::SHOWN);
        }
        return $rows;
    }

    /**
     * @param list<stdClass>|null $rows
     */
    public static function render(?array $rows): void
    {
        echo '<h2>', esc_html__('Last deliveries', 'hookgate'), '</h2>';
        if ($rows === null) {
            printf(
                '<div class="notice notice-error inline" role="alert"><p>%s</p></div>',
                esc_html__('The deliveries cannot be read from the database.', 'hookgate')
            );
        } elseif ($rows === []) {
            self::renderNextSteps();
        } else {
            self::renderTable($rows);
        }
    }

    private static function renderNextSteps(): void
    {
        echo '<p>', esc_html__('Nothing has been delivered yet. What comes next:', 'hookgate'), '</p><ol><li>';
        esc_html_e('Create a secret above, and give it to the gate.', 'hookgate');
        echo '</li><li>';
        /* translators: %s: a line of configuration */
        $text = esc_html__('Set %s in the gate’s wrangler.toml, with a hook that is enabled.', 'hookgate');
        printf($text, self::originLine());
        echo '</li><li>';
        esc_html_e('Let its sender send something. It appears here.', 'hookgate');
        echo '</li></ol>';
    }

    private static function originLine(): string
    {
        return '<code>ORIGIN = "' . esc_html(untrailingslashit(home_url())) . '"</code>';
    }

    /**
     * @param list<stdClass> $rows
     */
    private static function renderTable(array $rows): void
    {
        ?>
        <table class="widefat striped">
            <caption class="screen-reader-text">
                <?php esc_html_e('The last attempts, newest first', 'hookgate'); ?>
            </caption>
            <thead><tr>
                <th scope="col"><?php esc_html_e('Hook', 'hookgate'); ?></th>
                <th scope="col"><?php esc_html_e('Reference', 'hookgate'); ?></th>
                <th scope="col"><?php esc_html_e('Attempt', 'hookgate'); ?></th>
                <th scope="col"><?php esc_html_e('Objects', 'hookgate'); ?></th>
                <th scope="col"><?php esc_html_e('Outcome', 'hookgate'); ?></th>
                <th scope="col"><?php esc_html_e('Status', 'hookgate'); ?></th>
                <th scope="col"><?php esc_html_e('Started', 'hookgate'); ?></th>
                <th scope="col"><?php esc_html_e('Duration', 'hookgate'); ?></th>
            </tr></thead>
            <tbody><?php array_map([self::class, 'renderRow'], $rows); ?></tbody>
        </table>
        <?php
    }

    private static function renderRow(stdClass $row): void
    {
        ?>
        <tr>
            <td><?php echo esc_html($row->hook); ?></td>
            <th scope="row"><code><?php echo esc_html(Delivery::referenceOf($row->delivery)); ?></code></th>
            <td><?php echo esc_html(number_format_i18n($row->attempt)); ?></td>
            <td><?php echo implode(', ', ObjectLink::all($row->objects)); ?></td>
            <td><?php echo esc_html(self::outcome($row)); ?></td>
            <td><?php echo esc_html($row->status > 0 ? (string) $row->status : '–'); ?></td>
            <td><?php echo Moment::html($row->started); ?></td>
            <td><?php echo esc_html(self::duration($row)); ?></td>
        </tr>
        <?php
    }

    public static function outcome(stdClass $row): string
    {
        switch ($row->state) {
            case Deliveries::RUNNING:
                return $row->lease > time()
                    ? __('Running', 'hookgate')
                    : __('Crashed; the next retry runs it again', 'hookgate');
            case Deliveries::DONE:
                return __('Done', 'hookgate');
            case Deliveries::FAILED:
                return self::failure(json_decode($row->answer, true)['code'] ?? '');
            case Deliveries::REFUSED:
                return __('Refused: objects not found', 'hookgate');
            case Deliveries::ABANDONED:
                return __('Crashed; taken over by the next attempt', 'hookgate');
            default:
                return $row->state;
        }
    }

    private static function failure(string $code): string
    {
        switch ($code) {
            case 'hookgate_no_workflow':
                return __('Failed: the site has no workflow for this hook', 'hookgate');
            case 'hookgate_wunderautomation_failed':
                return __('Failed: WunderAutomation did not succeed', 'hookgate');
            case 'hookgate_unavailable':
                return __('Failed: the database did not answer', 'hookgate');
            default:
                return __('Failed: the workflow broke off', 'hookgate');
        }
    }

    private static function duration(stdClass $row): string
    {
        if (!in_array($row->state, self::SETTLED, true)) {
            return '–';
        }
        $seconds = max(0, $row->ended - $row->started);
        if ($seconds === 0) {
            return __('under 1 s', 'hookgate');
        }
        /* translators: %s: number of seconds */
        return sprintf(__('%s s', 'hookgate'), number_format_i18n($seconds));
    }
}
